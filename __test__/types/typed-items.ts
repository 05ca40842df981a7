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
  expectTypeOf(await store.editItem('counter', (current = 0) => current + 1)).toEqualTypeOf<
    number | undefined
  >();
  expectTypeOf(
    await store.editItem('user', async (current) => ({ name: 'Ann', role: 'guest', ...current })),
  ).toEqualTypeOf<User | undefined>();
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

export async function severalEdits(store: PersistLock<Named>): Promise<void> {
  const stored = await store.editItems(['counter', 'user'], (items) => {
    expectTypeOf(items).toEqualTypeOf<Map<'counter' | 'user', number | User | undefined>>();
    return items;
  });
  expectTypeOf(stored).toEqualTypeOf<Map<'counter' | 'user', number | User>>();
  expectTypeOf(stored.get('user')).toEqualTypeOf<number | User | undefined>();
  expectTypeOf(
    await store.editItems(['counter'], (items) => items.set('counter', 1)),
  ).toEqualTypeOf<Map<'counter', number>>();
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
    Map<'counter' | 'user', number | User>
  >();

  // @ts-expect-error: there is no such item.
  await store.editItems(['counter', 'count'], () => []);
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
  expectTypeOf(
    await store.editItems(keys, (items) => {
      expectTypeOf(items).toEqualTypeOf<Map<string, number | undefined>>();
      return [...items].map(([key, value = 0]) => [key, value + 1]);
    }),
  ).toEqualTypeOf<Map<string, number>>();
  expectTypeOf(await store.editItems([2025, 2026], () => [[2026, 1]])).toEqualTypeOf<
    Map<string, number>
  >();
  await store.editItems(['a', 2026], async (items) => items.set('2026', 1));
  await store.editItems([], () => new Map());
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
    expectTypeOf(items).toEqualTypeOf<Map<'1' | '2', 'one' | 'two' | undefined>>();
    return [
      [1, 'one'],
      ['2', 'two'],
    ];
  });
  expectTypeOf(stored).toEqualTypeOf<Map<'1' | '2', 'one' | 'two'>>();
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
  expectTypeOf(await store.editItems(['any', 2026], (items) => items)).toEqualTypeOf<
    Map<string, any>
  >();
  expectTypeOf(await store.viewItem('any', (current) => current)).toEqualTypeOf<any>();
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
