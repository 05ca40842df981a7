// Stores whose items have types.

import { PersistLock } from 'persist-lock';
import { exactly } from './exactly.js';

interface User {
  name: string;
  role: 'admin' | 'guest';
}

interface Items {
  counter: number;
  user: User;
  note?: string | null;
  [id: `user:${number}`]: User;
}

type Named = { counter: number; user: User; note?: string };

export async function known(store: PersistLock<Named>): Promise<void> {
  exactly<number | undefined>()(await store.getItem('counter'));
  exactly<User | undefined>()(await store.getItem('user'));
  exactly<boolean>()(await store.hasItem('counter'));
  exactly<void>()(await store.setItem('user', { name: 'Ann', role: 'admin' }, { ttl: true }));
  exactly<void>()(await store.updateItem('counter', 5));
  exactly<boolean>()(await store.removeItem('user'));
  exactly<void>()(await store.clear());
  exactly<number>()(await store.removeExpiredItems());
  exactly<void>()(await store.close());

  exactly<('counter' | 'user' | 'note')[]>()(await store.keys());
  exactly<(number | User | string)[]>()(await store.values({ prefix: 'c' }));
  exactly<(number | User | string)[]>()(await store.valuesWithKeyMatch(/^c/));
  for (const [key, value] of await store.entries()) {
    if (key === 'counter') exactly<number>()(value);
    if (key === 'user') exactly<User>()(value);
    if (key === 'note') exactly<string>()(value);
  }
  for await (const [key, value] of store) {
    if (key === 'user') exactly<User>()(value);
  }
  await store.forEach((item) => {
    if (item.key === 'counter') exactly<number>()(item.value);
  });
  await store.forEach(async ({ value }) => exactly<number | User | string>()(value));

  // @ts-expect-error: there is no such item.
  await store.getItem('count');
  // @ts-expect-error: there is no such item.
  await store.hasItem(5);
  // @ts-expect-error: there is no such item.
  await store.removeItem('count');
  // @ts-expect-error: there is no such item.
  await store.setItem('count', 5);
  // @ts-expect-error: the value is a number.
  await store.setItem('counter', '5');
  // @ts-expect-error: a user has a role.
  await store.updateItem('user', { name: 'Ann' });
  // @ts-expect-error: the item may not be there.
  exactly<number>()(await store.getItem('counter'));
}

export async function edits(store: PersistLock<Named>): Promise<void> {
  await store.editItem('counter', (current) => {
    exactly<number | undefined>()(current);
    return 1;
  });
  exactly<number | undefined>()(await store.editItem('counter', (current = 0) => current + 1));
  exactly<User | undefined>()(
    await store.editItem('user', async (current) => ({ name: 'Ann', role: 'guest', ...current })),
  );
  await store.editItem('counter', (current) => (current ? current - 1 : PersistLock.REMOVE));
  await store.editItem('counter', async (current) => (current ? current - 1 : PersistLock.REMOVE));
  await store.editItem('counter', () => PersistLock.REMOVE, { ttl: null });
  await store.editItem('counter', async () => PersistLock.REMOVE);
  await store.editItem('counter', () => Promise.resolve(PersistLock.REMOVE));
  await store.editItem('counter', async () => undefined);
  await store.editItem('counter', (current) => (current === undefined ? undefined : current + 1));
  await store.editItem<'counter'>('counter', () => 1);
  await store.editItem('user', (current) => {
    if (!current) return;
    return { ...current, name: 'Bob' };
  });
  await store.editItem('user', (current) => {
    if (current) return Promise.resolve(current);
    return { name: 'Ann', role: 'guest' };
  });

  // @ts-expect-error: the `return` is forgotten.
  await store.editItem('counter', (current = 0) => {
    current + 1;
  });
  // @ts-expect-error: the `return` is forgotten.
  await store.editItem('user', async (current) => {
    if (current) current.name = 'Bob';
  });
  // @ts-expect-error: the current value may be missing.
  await store.editItem('counter', (current) => current + 1);
  // @ts-expect-error: the result is of the wrong type.
  await store.editItem('counter', (current) => String(current));
  // @ts-expect-error: the result is of the wrong type.
  await store.editItem('user', async () => ({ name: 'Ann', role: 'owner' }));
  // @ts-expect-error: some other symbol.
  await store.editItem('counter', () => Symbol());
  // @ts-expect-error: there is no such item.
  await store.editItem('count', () => 1);
}

/** Keys that are not known beforehand. */
export async function patterns(store: PersistLock<Items>): Promise<void> {
  exactly<User | undefined>()(await store.getItem('user:7'));
  exactly<number | undefined>()(await store.getItem('counter'));
  await store.setItem('note', null);
  await store.editItem(`user:${Date.now()}`, (user) => user ?? { name: 'Ann', role: 'guest' });
  for (const [key, value] of await store.entries()) {
    if (key === 'counter') exactly<number>()(value);
    else if (key !== 'note') exactly<User>()(value);
  }
  // @ts-expect-error: the number is missing.
  await store.getItem('user:ann');
}

export async function records(store: PersistLock<Record<string, number>>): Promise<void> {
  exactly<number | undefined>()(await store.getItem('any'));
  exactly<number | undefined>()(await store.getItem(2026));
  exactly<string[]>()(await store.keys());
  exactly<number[]>()(await store.values());
  exactly<[key: string, value: number][]>()(await store.entries());
  await store.forEach(({ key, value }) => exactly<string | number>()(value > 0 ? key : value));
  await store.editItem(2026, (current = 0) => current + 1);
  await store.editItem(2026, async () => PersistLock.REMOVE);
  // @ts-expect-error: the value is a number.
  await store.setItem(2026, 'a');
  // @ts-expect-error: the `return` is forgotten.
  await store.editItem(2026, () => {});
}

export async function numbers(store: PersistLock<{ 1: 'one'; 2: 'two' }>): Promise<void> {
  exactly<'one' | undefined>()(await store.getItem(1));
  exactly<('1' | '2')[]>()(await store.keys());
  exactly<(['1', 'one'] | ['2', 'two'])[]>()(await store.entries());
}

/** A program's own function over any store. */
export async function ensure<T extends Record<string, any>, K extends keyof T & string>(
  store: PersistLock<T>,
  key: K,
  value: T[K],
): Promise<T[K]> {
  return (await store.editItem(key, (current) => current ?? value)) ?? value;
}

/** A program's own function over any store, whatever its items. */
export async function dump(store: PersistLock<any>): Promise<void> {
  exactly<[key: string, value: any][]>()(await store.entries());
  exactly<any>()(await store.getItem('any'));
  await store.removeItem(2026);
}

export async function dumpAll(named: PersistLock<Named>, untyped: PersistLock): Promise<void> {
  await dump(named);
  await dump(untyped);
  // @ts-expect-error: through the other type, anything could be stored.
  const wider: PersistLock = named;
  await wider.setItem('counter', 'five');
}

// @ts-expect-error: items have keys.
export type Wrong = PersistLock<string>;
