// Parts of a store, and removals of several items.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';
import type { Items, User } from './key-patterns.js';

export async function parts(store: PersistLock<Items>, id: number): Promise<void> {
  const users = store.sub('user:');
  expectTypeOf(await users.getItem('root')).toEqualTypeOf<User | undefined>();
  expectTypeOf(await users.getItem('7')).toEqualTypeOf<User | undefined>();
  await users.setItem(`${id}`, { name: 'Ann' });
  const scores = store.sub('score:');
  expectTypeOf(await scores.getItem('any')).toEqualTypeOf<number | undefined>();
  expectTypeOf(await scores.keys()).toEqualTypeOf<string[]>();
  const ofGame = scores.sub('chess:');
  expectTypeOf(await ofGame.editItem('ann', (score = 0) => score + 1)).toEqualTypeOf<number>();
  expectTypeOf(await store.sub('no').getItem('te')).toEqualTypeOf<string | undefined>();

  // @ts-expect-error: its keys are what follows the prefix.
  await users.getItem('user:7');
  // @ts-expect-error: it has no such item.
  await users.getItem('counter');
  // @ts-expect-error: the value is a user.
  await users.setItem('root', 5);
  // @ts-expect-error: it has no such item.
  await store.sub('usr:').getItem('root');
  // @ts-expect-error: a part has no life of its own.
  await users.close();
}

/** Parts of stores whose keys are not known beforehand. */
export async function partsOfRecords(
  numbers: PersistLock<Record<string, number>>,
  untyped: PersistLock,
  prefix: string,
  named: PersistLock<{ a: number; b: User }>,
): Promise<void> {
  expectTypeOf(await numbers.sub('a:').getItem('any')).toEqualTypeOf<number | undefined>();
  expectTypeOf(await numbers.sub(prefix).getItem(7)).toEqualTypeOf<number | undefined>();
  expectTypeOf(await untyped.sub('a:').getItem('any')).toEqualTypeOf<any>();
  expectTypeOf(await named.sub(prefix).getItem('any')).toEqualTypeOf<number | User | undefined>();
}

/** A function over the items of a whole store or of a part. */
export async function total(of: PersistLock.Part<Record<string, number>>): Promise<number> {
  let sum = 0;
  for await (const [, value] of of) sum += value;
  return sum;
}

export async function totals(
  store: PersistLock<Items>,
  numbers: PersistLock<Record<string, number>>,
): Promise<number[]> {
  const any: PersistLock.Part[] = [store, numbers, store.sub('user:')];
  await Promise.all(any.map((part) => part.length()));
  return [await total(store.sub('score:')), await total(numbers), await total(numbers.sub('a:'))];
}

export async function removals(store: PersistLock<Items>): Promise<void> {
  expectTypeOf(await store.removeItems(['counter', 'user:7'])).toEqualTypeOf<number>();
  expectTypeOf(store.removeItemsSync({ prefix: 'user:' })).toEqualTypeOf<number>();
  await store.clear({ prefix: 'user:' });
  store.clearSync();
  // @ts-expect-error: a prefix or keys.
  await store.removeItems('counter');
  // @ts-expect-error: there is no such item.
  await store.removeItems(['count']);
  // @ts-expect-error: there is no such option.
  await store.clear({ prefx: 'c' });
  // @ts-expect-error: options are an object.
  await store.clear('c');
  // @ts-expect-error: it would remove everything.
  await store.clear({ prefix: undefined });
}
