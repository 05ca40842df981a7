// Stores whose items have types.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

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

const ann: User = { name: 'Ann', role: 'admin' };

export async function known(store: PersistLock<Named>): Promise<void> {
  expectTypeOf(await store.getItem('counter')).toEqualTypeOf<number | undefined>();
  expectTypeOf(await store.getItem('user')).toEqualTypeOf<User | undefined>();
  expectTypeOf(await store.hasItem('counter')).toEqualTypeOf<boolean>();
  expectTypeOf(
    await store.setItem('user', { name: 'Ann', role: 'admin' }, { ttl: true }),
  ).toEqualTypeOf<void>();
  expectTypeOf(await store.updateItem('counter', 5)).toEqualTypeOf<void>();
  expectTypeOf(await store.removeItem('user')).toEqualTypeOf<boolean>();
  expectTypeOf(await store.clear()).toEqualTypeOf<void>();
  expectTypeOf(await store.removeExpiredItems()).toEqualTypeOf<number>();
  expectTypeOf(await store.stats()).toEqualTypeOf<PersistLock.Stats>();
  expectTypeOf(await store.close()).toEqualTypeOf<void>();

  expectTypeOf(await store.keys()).toEqualTypeOf<('counter' | 'user' | 'note')[]>();
  expectTypeOf(await store.values({ prefix: 'c' })).toEqualTypeOf<(number | User | string)[]>();
  expectTypeOf(await store.valuesWithKeyMatch(/^c/)).toEqualTypeOf<(number | User | string)[]>();
  for (const [key, value] of await store.entries()) {
    if (key === 'counter') expectTypeOf(value).toEqualTypeOf<number>();
    if (key === 'user') expectTypeOf(value).toEqualTypeOf<User>();
    if (key === 'note') expectTypeOf(value).toEqualTypeOf<string>();
  }
  for await (const [key, value] of store) {
    if (key === 'user') expectTypeOf(value).toEqualTypeOf<User>();
  }
  await store.forEach((item) => {
    if (item.key === 'counter') expectTypeOf(item.value).toEqualTypeOf<number>();
  });
  await store.forEach(async ({ value }) =>
    expectTypeOf(value).toEqualTypeOf<number | User | string>(),
  );

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
  expectTypeOf(await store.getItem('counter')).toEqualTypeOf<number>();
}

export async function edits(store: PersistLock<Named>): Promise<void> {
  await store.editItem('counter', (current) => {
    expectTypeOf(current).toEqualTypeOf<number | undefined>();
    return 1;
  });
  expectTypeOf(
    await store.editItem('counter', (current = 0) => current + 1),
  ).toEqualTypeOf<number>();
  expectTypeOf(
    await store.editItem('user', async (current) => ({ name: 'Ann', role: 'guest', ...current })),
  ).toEqualTypeOf<User>();
  expectTypeOf(
    await store.editItem('user', (current) => current ?? Promise.resolve(ann)),
  ).toEqualTypeOf<User>();
  expectTypeOf(
    await store.editItem('counter', (current) => (current ? current - 1 : PersistLock.REMOVE)),
  ).toEqualTypeOf<number | undefined>();
  expectTypeOf(await store.editItem('counter', (current) => current)).toEqualTypeOf<
    number | undefined
  >();
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

export async function severalEdits(store: PersistLock<Named>): Promise<void> {
  const stored = await store.editItems(['counter', 'user'], (items) => {
    expectTypeOf(items.get('counter')).toEqualTypeOf<number | undefined>();
    for (const [key, value] of items) {
      if (key === 'user') expectTypeOf(value).toEqualTypeOf<User | undefined>();
    }
    return items;
  });
  expectTypeOf(stored.get('user')).toEqualTypeOf<User | undefined>();
  expectTypeOf([...stored]).toEqualTypeOf<
    ([key: 'counter', value: number] | [key: 'user', value: User])[]
  >();
  expectTypeOf([...stored.keys()]).toEqualTypeOf<('counter' | 'user')[]>();
  expectTypeOf([...stored.values()]).toEqualTypeOf<(number | User)[]>();
  const plain: Map<'counter' | 'user', number | User> = stored;
  for (const value of plain.values()) expectTypeOf(value).toEqualTypeOf<number | User>();
  await store.editItems(['counter', 'user'], (items) =>
    items.set('counter', 1).set('user', PersistLock.REMOVE),
  );
  await store.editItems(['counter'], (items) => [['counter', (items.get('counter') ?? 0) + 1]]);
  await store.editItems(['counter', 'note'], async () => [
    ['counter', 1],
    ['note', PersistLock.REMOVE],
  ]);
  await store.editItems(['user'], () => [['user', { name: 'Ann', role: 'guest' }]]);
  await store.editItems(['user'], async () => new Map([['user', PersistLock.REMOVE]]));
  await store.editItems(['counter'], (items) =>
    [...items].map(([key, value = 0]) => [key, value + 1]),
  );
  await store.editItems(['counter'], async (items) =>
    [...items].map(([key, value = 0]) => [key, value > 1 ? value - 1 : PersistLock.REMOVE]),
  );
  await store.editItems(['counter'], (items) => {
    if (items.get('counter') === undefined) return;
    return [['counter', 1]];
  });
  await store.editItems(['counter', 'user'], () => []);
  await store.editItems(['counter', 'user'], async () => undefined);
  await store.editItems(new Set(['counter', 'user'] as const), (items) => items);
  await store.editItems<'counter'>(['counter'], () => [['counter', 1]]);
  const listed: readonly ('counter' | 'user')[] = ['counter', 'user'];
  expectTypeOf(await store.editItems(listed, () => [])).toEqualTypeOf<
    PersistLock.ItemMap<Named, 'counter' | 'user'>
  >();

  // @ts-expect-error: there is no such item.
  await store.editItems(['counter', 'count'], () => []);
  // @ts-expect-error: the value is that of the other key.
  await store.editItems(['counter', 'user'], () => [['user', 1]]);
  // @ts-expect-error: the value is that of the other key.
  await store.editItems(['counter', 'user'], async () => [['counter', ann]]);
  // @ts-expect-error: the value is that of the other key.
  await store.editItems(['counter', 'user'], (items) => items.set('counter', ann));
  // @ts-expect-error: there is no such key.
  stored.get('note');
  // @ts-expect-error: some other symbol.
  await store.editItems(['counter'], (items) => items.set('counter', Symbol()));
  // @ts-expect-error: the keys are a list.
  await store.editItems('counter', () => []);
  // @ts-expect-error: the item was not asked for.
  await store.editItems(['counter'], () => [['note', 'a']]);
  // @ts-expect-error: the value is a number.
  await store.editItems(['counter'], () => [['counter', 'one']]);
  // @ts-expect-error: the value is a number.
  await store.editItems(['counter'], async () => new Map([['counter', 'one']]));
  // @ts-expect-error: a user has a role.
  await store.editItems(['user'], () => [['user', { name: 'Ann' }]]);
  // @ts-expect-error: it returns pairs.
  await store.editItems(['counter'], () => ({ counter: 1 }));
  // @ts-expect-error: it returns pairs.
  await store.editItems(['counter'], () => 1);
  // @ts-expect-error: the `return` is forgotten.
  await store.editItems(['counter'], (items) => {
    items.set('counter', 1);
  });
  // @ts-expect-error: the `return` is forgotten.
  await store.editItems(['counter'], async (items) => {
    items.set('counter', 1);
  });
  // @ts-expect-error: the current value may be missing.
  await store.editItems(['counter'], (items) => [['counter', items.get('counter') + 1]]);
}

export async function views(store: PersistLock<Named>): Promise<void> {
  const name = await store.viewItem('user', (current) => {
    expectTypeOf(current).toEqualTypeOf<User | undefined>();
    return current?.name;
  });
  expectTypeOf(name).toEqualTypeOf<string | undefined>();
  expectTypeOf(
    await store.viewItem('counter', async (current = 0) => current + 1),
  ).toEqualTypeOf<number>();
  expectTypeOf(
    await store.viewItem('counter', (current) => (current ? true : Promise.resolve(false))),
  ).toEqualTypeOf<boolean>();
  expectTypeOf(await store.viewItem('counter', async () => {})).toEqualTypeOf<void>();
  // @ts-expect-error: there is no such item.
  await store.viewItem('count', () => 1);
  // @ts-expect-error: the current value may be missing.
  await store.viewItem('counter', (current) => current + 1);
}

/** Keys that are not known beforehand. */
export async function patterns(store: PersistLock<Items>): Promise<void> {
  expectTypeOf(await store.getItem('user:7')).toEqualTypeOf<User | undefined>();
  expectTypeOf(await store.getItem('counter')).toEqualTypeOf<number | undefined>();
  await store.setItem('note', null);
  await store.editItem(`user:${Date.now()}`, (user) => user ?? { name: 'Ann', role: 'guest' });
  for (const [key, value] of await store.entries()) {
    if (key === 'counter') expectTypeOf(value).toEqualTypeOf<number>();
    else if (key !== 'note') expectTypeOf(value).toEqualTypeOf<User>();
  }
  const users = await store.editItems([`user:${1}`, `user:${Date.now()}`], (items) => {
    for (const user of items.values()) expectTypeOf(user).toEqualTypeOf<User | undefined>();
    return items;
  });
  expectTypeOf(users.get('user:1')).toEqualTypeOf<User | undefined>();
  expectTypeOf(await store.viewItem('user:7', (user) => user?.role ?? 'guest')).toEqualTypeOf<
    'admin' | 'guest'
  >();
  // @ts-expect-error: the number is missing.
  await store.getItem('user:ann');
}

export async function records(store: PersistLock<Record<string, number>>): Promise<void> {
  expectTypeOf(await store.getItem('any')).toEqualTypeOf<number | undefined>();
  expectTypeOf(await store.getItem(2026)).toEqualTypeOf<number | undefined>();
  expectTypeOf(await store.keys()).toEqualTypeOf<string[]>();
  expectTypeOf(await store.values()).toEqualTypeOf<number[]>();
  expectTypeOf(await store.entries()).toEqualTypeOf<[key: string, value: number][]>();
  await store.forEach(({ key, value }) =>
    expectTypeOf(value > 0 ? key : value).toEqualTypeOf<string | number>(),
  );
  await store.editItem(2026, (current = 0) => current + 1);
  await store.editItem(2026, async () => PersistLock.REMOVE);
  const keys = ['a', 'b'];
  const stored: Map<string, number> = await store.editItems(keys, (items) => {
    expectTypeOf(items.get('any')).toEqualTypeOf<number | undefined>();
    return [...items].map(([key, value = 0]) => [key, value + 1]);
  });
  const ofNumbers = await store.editItems([2025, 2026], () => [[2026, 1]]);
  expectTypeOf(ofNumbers.get('2026')).toEqualTypeOf<number | undefined>();
  await store.editItems(['a', 2026], async (items) => items.set('2026', 1));
  await store.editItems(keys.slice(2), () => new Map());
  await store.editItems([], () => []);
  await store.editItems(stored.keys(), () => stored);
  await store.editItems(keys.values(), () => keys.map((key) => [key, PersistLock.REMOVE]));
  expectTypeOf(await store.viewItem(2026, (current = 0) => current)).toEqualTypeOf<number>();
  // @ts-expect-error: the keys are a list.
  await store.editItems('ab', () => []);
  // @ts-expect-error: the value is a number.
  await store.setItem(2026, 'a');
  // @ts-expect-error: the `return` is forgotten.
  await store.editItem(2026, () => {});
}

export async function numbers(store: PersistLock<{ 1: 'one'; 2: 'two' }>): Promise<void> {
  expectTypeOf(await store.getItem(1)).toEqualTypeOf<'one' | undefined>();
  expectTypeOf(await store.keys()).toEqualTypeOf<('1' | '2')[]>();
  const stored = await store.editItems([1, 2], (items) => {
    expectTypeOf(items.get('2')).toEqualTypeOf<'two' | undefined>();
    return [
      [1, 'one'],
      ['2', 'two'],
    ];
  });
  expectTypeOf(stored.get('1')).toEqualTypeOf<'one' | undefined>();
  expectTypeOf(await store.entries()).toEqualTypeOf<(['1', 'one'] | ['2', 'two'])[]>();
}

/** A program's own function over any store. */
export async function ensure<T extends Record<string, any>, K extends keyof T & string>(
  store: PersistLock<T>,
  key: K,
  value: T[K],
): Promise<T[K]> {
  return (await store.editItem(key, (current) => current ?? value)) ?? value;
}

/** The same, of several items. */
export async function ensureAll<T extends Record<string, any>, K extends keyof T & string>(
  store: PersistLock<T>,
  keys: K[],
  value: T[K],
): Promise<T[K][]> {
  const ensured = await store.editItems(keys, (items) => {
    return [...items].map(([key, current]) => [key, current ?? value]);
  });
  return [...ensured.values()];
}

/** A program's function over any store. */
export async function dump(store: PersistLock<any>): Promise<void> {
  expectTypeOf(await store.entries()).toEqualTypeOf<[key: string, value: any][]>();
  expectTypeOf(await store.getItem('any')).toEqualTypeOf<any>();
  await store.removeItem(2026);
  expectTypeOf(await store.keys()).toEqualTypeOf<string[]>();
  const edited = await store.editItems(['any', 2026], (items) => items);
  expectTypeOf(edited.get('any')).toEqualTypeOf<any>();
  expectTypeOf(await store.viewItem('any', (current) => current)).toEqualTypeOf<any>();
}

/** A program's function that asks for a plain store. */
export async function count(store: PersistLock): Promise<number> {
  expectTypeOf(store).toEqualTypeOf<PersistLock<any>>();
  return store.length();
}

class Users extends PersistLock<Record<`user:${number}`, User>> {
  async rename(id: number, name: string): Promise<User | undefined> {
    return this.editItem(`user:${id}`, (user) => user && { ...user, name });
  }
  override async close(): Promise<void> {
    await this.compact();
    await super.close();
  }
}

/** Every store can be passed where a plain one is asked for; typed ones only to their own kind. */
export async function passOn(
  named: PersistLock<Named>,
  numbered: PersistLock<Record<string, number>>,
  untyped: PersistLock,
  users: Users,
): Promise<void> {
  for (const store of [named, numbered, untyped, users]) await count(store);
  await dump(named);
  await count(users);
  await ensure(named, 'counter', 1);
  await ensure(numbered, 'any', 1);
  type Few = Pick<PersistLock.Part<{ counter: number }>, 'getItem' | 'editItem' | 'editItems'>;
  const few: Few = named;
  await few.editItem('counter', () => 1);
  // @ts-expect-error: it lists other items too.
  const listed: Pick<PersistLock.Part<{ counter: number }>, 'entries'> = named;
  await listed.entries();
  // @ts-expect-error: the values are of other types.
  const wrong: PersistLock<Record<string, number>> = named;
  // @ts-expect-error: the values are of another type.
  const other: PersistLock<{ counter: string; user: User; note?: string }> = named;
  await Promise.all([wrong, other]);
}

/** A cache of values of any one type. */
export async function cached<T>(
  store: PersistLock<Record<string, T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  return store.editItem(key, async (current) => current ?? (await make()));
}

/** Optional items are removed, never set to nothing. */
export async function optional(store: PersistLock<Named>): Promise<void> {
  await store.setItem('note', 'text');
  // @ts-expect-error: the value of an optional item is not `undefined`.
  await store.setItem('note', undefined);
  // @ts-expect-error: the value of an optional item is not `undefined`.
  store.updateItemSync('note', undefined);
  expectTypeOf(await store.editItem('note', () => 'text')).toEqualTypeOf<string>();
  // @ts-expect-error: the `return` is forgotten.
  await store.editItem('note', () => {});
}

// @ts-expect-error: items have keys.
export type Wrong = PersistLock<string>;
