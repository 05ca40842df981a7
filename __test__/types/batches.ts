// Several items at once, values that are made once, and expiry.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

interface User {
  name: string;
}

type Items = { counter: number; user: User; note?: string };

const ann: User = { name: 'Ann' };

export async function batches(store: PersistLock<Items>): Promise<void> {
  const items = await store.getItems(['counter', 'user']);
  expectTypeOf(items.get('counter')).toEqualTypeOf<number | undefined>();
  expectTypeOf(items.get('user')).toEqualTypeOf<User | undefined>();
  for (const [key, value] of items) {
    if (key === 'user') expectTypeOf(value).toEqualTypeOf<User>();
  }
  expectTypeOf(store.getItemsSync(new Set(['note'] as const)).get('note')).toEqualTypeOf<
    string | undefined
  >();
  await store.setItems([
    ['counter', 1],
    ['note', 'text'],
  ]);
  await store.setItems(new Map([['counter', 1]] as const), { ttl: 1000 });
  await store.setItems(items, { ttl: null });
  store.setItemsSync([['user', ann]]);
  expectTypeOf(await store.removeItems(['counter', 'user'])).toEqualTypeOf<number>();
  expectTypeOf(store.removeItemsSync({ prefix: 'c' })).toEqualTypeOf<number>();
  await store.clear({ prefix: 'c' });
  store.clearSync();

  // @ts-expect-error: there is no such item.
  await store.getItems(['counter', 'count']);
  // @ts-expect-error: it was not asked for.
  items.get('note');
  // @ts-expect-error: the value is that of the other key.
  await store.setItems([['counter', ann]]);
  // @ts-expect-error: the value of an optional item is not `undefined`.
  await store.setItems([['note', undefined]]);
  // @ts-expect-error: there is no such item.
  await store.setItems([['count', 1]]);
  // @ts-expect-error: pairs, no object.
  await store.setItems({ counter: 1 });
  // @ts-expect-error: it stores whatever is there, so a rule has nothing to go by.
  await store.setItems([['counter', 1]], { ttl: () => 1000 });
  // @ts-expect-error: a prefix or keys.
  await store.removeItems('counter');
  // @ts-expect-error: there is no such item.
  await store.removeItems(['count']);
  // @ts-expect-error: there is no such option.
  await store.clear({ prefx: 'c' });
  // @ts-expect-error: options are an object.
  await store.clear('c');
}

export async function records(store: PersistLock<Record<string, number>>): Promise<void> {
  await store.setItems(Object.entries({ a: 1, b: 2 }));
  await store.setItems([[2026, 1]]);
  await store.setItems(await store.getItems(['a', 2026]));
  // @ts-expect-error: the value is a number.
  await store.setItems(Object.entries({ a: 'one' }));
}

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** More keys than TypeScript tells apart in one pair. */
export async function many(
  store: PersistLock<Record<`day:${Digit}${Digit}`, number> & { name?: string }>,
  days: `day:${Digit}${Digit}`[],
): Promise<void> {
  const counts = await store.editItems(days, (items) =>
    [...items].map(([day, count = 0]) => [day, count + 1]),
  );
  expectTypeOf(counts.get('day:11')).toEqualTypeOf<number | undefined>();
  await store.editItems(days, () => days.map((day) => [day, PersistLock.REMOVE]));
  await store.setItems(days.map((day) => [day, 1]));
  await store.setItems(new Map(days.map((day) => [day, 1])));
  // @ts-expect-error: the value is a number.
  await store.editItems(days, () => days.map((day) => [day, 'one']));
  // @ts-expect-error: the value does not suit every key.
  await store.editItems([...days, 'name'], () => days.map((day) => [day, 'one']));
  // @ts-expect-error: the value is a number.
  await store.setItems(days.map((day) => [day, 'one']));
}

export async function making(store: PersistLock<Items>): Promise<void> {
  expectTypeOf(await store.getOrSet('user', () => ann)).toEqualTypeOf<User>();
  expectTypeOf(
    await store.getOrSet('counter', async () => 1, { ttl: 1000, timeout: 10 }),
  ).toEqualTypeOf<number>();
  await store.getOrSet('user', async () => ann, {
    ttl: (user, before) => {
      expectTypeOf(user).toEqualTypeOf<User>();
      expectTypeOf(before).toEqualTypeOf<PersistLock.Before<User> | undefined>();
      return user.name.length;
    },
  });
  expectTypeOf(store.getOrSetSync('note', () => 'text')).toEqualTypeOf<string>();
  // @ts-expect-error: the value is a number.
  await store.getOrSet('counter', () => 'one');
  // @ts-expect-error: the `return` is forgotten.
  await store.getOrSet('counter', () => {});
  // @ts-expect-error: it must make a value.
  await store.getOrSet('counter', () => PersistLock.REMOVE);
  // @ts-expect-error: the callback must not return a promise.
  store.getOrSetSync('counter', async () => 1);
}

/** A cache of values of any one type. */
export function cached<T>(
  cache: PersistLock.Part<Record<string, T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  return cache.getOrSet(key, make, { ttl: 60_000 });
}

export async function expiry(store: PersistLock<Items>): Promise<void> {
  expectTypeOf(await store.getExpiry('user')).toEqualTypeOf<Date | null | undefined>();
  expectTypeOf(store.getExpirySync('user')).toEqualTypeOf<Date | null | undefined>();
  expectTypeOf(await store.touch('user', 1000)).toEqualTypeOf<boolean>();
  expectTypeOf(await store.touch('user')).toEqualTypeOf<boolean>();
  store.touchSync('counter', (count, before) => (before?.expires ? undefined : count * 1000));

  const count = await store.editItem(
    'counter',
    (current = 0, before) => {
      expectTypeOf(before).toEqualTypeOf<PersistLock.Before<number> | undefined>();
      return before?.expires ? current + 1 : 1;
    },
    { ttl: (value, before) => (before && value > 1 ? undefined : 60_000) },
  );
  expectTypeOf(count).toEqualTypeOf<number>();
  await store.updateItem('user', ann, { ttl: ({ name }) => name.length });
  const end: PersistLock.TtlRule = (_value, before) => (before ? undefined : 60_000);
  store.editItemSync('counter', (current = 0) => current + 1, { ttl: end });
  await store.editItems(
    ['counter', 'user'],
    (items, before) => {
      expectTypeOf(before.get('user')).toEqualTypeOf<PersistLock.Before<User> | undefined>();
      expectTypeOf(before.get('counter')?.expires).toEqualTypeOf<Date | null | undefined>();
      return items;
    },
    { ttl: (value) => (typeof value === 'number' ? value : value.name.length) },
  );

  // @ts-expect-error: there is no such item.
  await store.getExpiry('count');
  // @ts-expect-error: a ttl is no text.
  await store.touch('user', '1h');
  // @ts-expect-error: a rule must not return a promise.
  await store.touch('user', async () => 1000);
  // @ts-expect-error: it stores whatever is there, so a rule has nothing to go by.
  await store.setItem('counter', 1, { ttl: () => 1000 });
  // @ts-expect-error: the value is a number.
  await store.editItem('counter', () => 1, { ttl: (value) => value.name.length });
}
