// The counter, in TypeScript: `current` is a number, or `undefined` at first.
import { PersistLock } from 'persist-lock';

interface Items {
  counter: number;
}

const store = new PersistLock<Items>();

const edits = Array.from({ length: 100 }, () =>
  store.editItem('counter', (current) => (current ?? 0) + 1),
);
await Promise.all(edits);

console.log(await store.getItem('counter')); // 100, and 200 when you run it again
await store.close();
