// Listings of a range.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';
import type { Items } from './key-patterns.js';

export async function ranges(store: PersistLock<Items>): Promise<void> {
  const options: PersistLock.ListOptions = { prefix: 'user:', limit: 10, reverse: true };
  await store.keys(options);
  store.valuesSync({ from: 'a', to: 'b' });
  await store.length({ prefix: 'score:' });
  for await (const [key, value] of store.iterate(options)) {
    if (key === 'counter') expectTypeOf(value).toEqualTypeOf<number>();
  }
  await store.forEach(({ key }) => key, { prefix: 'user:' });
  await store.valuesWithKeyMatch(/\d/, { prefix: 'user:' });
  // @ts-expect-error: there is no such option.
  await store.keys({ begin: 'a' });
  // @ts-expect-error: a number of items.
  store.iterate({ limit: '10' });
}
