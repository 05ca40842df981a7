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
  exactly<PersistLock.Stats>()(await store.stats());
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

export async function severalEdits(store: PersistLock<Named>): Promise<void> {
  const stored = await store.editItems(['counter', 'user'], (items) => {
    exactly<Map<'counter' | 'user', number | User | undefined>>()(items);
    return items;
  });
  exactly<Map<'counter' | 'user', number | User>>()(stored);
  exactly<number | User | undefined>()(stored.get('user'));
  exactly<Map<'counter', number>>()(
    await store.editItems(['counter'], (items) => items.set('counter', 1)),
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
  exactly<Map<'counter' | 'user', number | User>>()(await store.editItems(listed, () => []));

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
    exactly<User | undefined>()(current);
    return current?.name;
  });
  exactly<string | undefined>()(name);
  exactly<number>()(await store.viewItem('counter', async (current = 0) => current + 1));
  exactly<boolean>()(
    await store.viewItem('counter', (current) => (current ? true : Promise.resolve(false))),
  );
  exactly<void>()(await store.viewItem('counter', async () => {}));
  // @ts-expect-error: there is no such item.
  await store.viewItem('count', () => 1);
  // @ts-expect-error: the current value may be missing.
  await store.viewItem('counter', (current) => current + 1);
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
  const users = await store.editItems([`user:${1}`, `user:${Date.now()}`], (items) => {
    for (const user of items.values()) exactly<User | undefined>()(user);
    return items;
  });
  exactly<User | undefined>()(users.get('user:1'));
  exactly<'admin' | 'guest'>()(await store.viewItem('user:7', (user) => user?.role ?? 'guest'));
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
  const keys = ['a', 'b'];
  exactly<Map<string, number>>()(
    await store.editItems(keys, (items) => {
      exactly<Map<string, number | undefined>>()(items);
      return [...items].map(([key, value = 0]) => [key, value + 1]);
    }),
  );
  exactly<Map<string, number>>()(await store.editItems([2025, 2026], () => [[2026, 1]]));
  await store.editItems(['a', 2026], async (items) => items.set('2026', 1));
  await store.editItems([], () => new Map());
  await store.editItems(keys.values(), () => keys.map((key) => [key, PersistLock.REMOVE]));
  exactly<number>()(await store.viewItem(2026, (current = 0) => current));
  // @ts-expect-error: the keys are a list.
  await store.editItems('ab', () => []);
  // @ts-expect-error: the value is a number.
  await store.setItem(2026, 'a');
  // @ts-expect-error: the `return` is forgotten.
  await store.editItem(2026, () => {});
}

export async function numbers(store: PersistLock<{ 1: 'one'; 2: 'two' }>): Promise<void> {
  exactly<'one' | undefined>()(await store.getItem(1));
  exactly<('1' | '2')[]>()(await store.keys());
  const stored = await store.editItems([1, 2], (items) => {
    exactly<Map<'1' | '2', 'one' | 'two' | undefined>>()(items);
    return [
      [1, 'one'],
      ['2', 'two'],
    ];
  });
  exactly<Map<'1' | '2', 'one' | 'two'>>()(stored);
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

/** A program's own function over any store, whatever its items. */
export async function dump(store: PersistLock<any>): Promise<void> {
  exactly<[key: string, value: any][]>()(await store.entries());
  exactly<any>()(await store.getItem('any'));
  await store.removeItem(2026);
  exactly<Map<string, any>>()(await store.editItems(['any', 2026], (items) => items));
  exactly<any>()(await store.viewItem('any', (current) => current));
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
