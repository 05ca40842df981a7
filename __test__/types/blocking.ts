// The blocking calls: the types of their twins, without promises.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

interface User {
  name: string;
}

type Items = { counter: number; user: User; note?: string };

export function known(store: PersistLock<Items>): void {
  expectTypeOf(store.initSync()).toEqualTypeOf<PersistLock<Items>>();
  expectTypeOf(store.getItemSync('counter')).toEqualTypeOf<number | undefined>();
  expectTypeOf(store.hasItemSync('user')).toEqualTypeOf<boolean>();
  expectTypeOf(store.setItemSync('user', { name: 'Ann' }, { ttl: 5 })).toEqualTypeOf<void>();
  expectTypeOf(store.updateItemSync('counter', 5)).toEqualTypeOf<void>();
  expectTypeOf(store.removeItemSync('note')).toEqualTypeOf<boolean>();
  expectTypeOf(store.clearSync()).toEqualTypeOf<void>();
  expectTypeOf(store.keysSync()).toEqualTypeOf<('counter' | 'user' | 'note')[]>();
  expectTypeOf(store.valuesSync({ prefix: 'c' })).toEqualTypeOf<(number | User | string)[]>();
  expectTypeOf(store.entriesSync()).toEqualTypeOf<PersistLock.Entry<Items>[]>();
  expectTypeOf(store.lengthSync()).toEqualTypeOf<number>();
  expectTypeOf(store.closeSync()).toEqualTypeOf<void>();
  const some = store.getItemsSync(['counter', 'user']);
  expectTypeOf(some.get('user')).toEqualTypeOf<User | undefined>();
  expectTypeOf(store.getExpirySync('user')).toEqualTypeOf<Date | null | undefined>();
  expectTypeOf(store.touchSync('user', 5)).toEqualTypeOf<boolean>();
  expectTypeOf(store.getOrSetSync('counter', () => 5)).toEqualTypeOf<number>();
  expectTypeOf(store.setItemsSync([['counter', 5]])).toEqualTypeOf<void>();

  // @ts-expect-error: `make` must not return a promise.
  store.getOrSetSync('counter', async () => 5);

  // @ts-expect-error: there is no such item.
  store.getItemSync('count');
  // @ts-expect-error: the value is a number.
  store.setItemSync('counter', 'five');
  // @ts-expect-error: there is no such option.
  store.setItemSync('counter', 5, { timeout: 5 });
  // @ts-expect-error: a view has no blocking twin.
  store.viewItemSync('counter', () => 5);
}

export function edits(store: PersistLock<Items>, signal: PersistLock.Signal): void {
  const count = store.editItemSync('counter', (current) => {
    expectTypeOf(current).toEqualTypeOf<number | undefined>();
    return (current ?? 0) + 1;
  });
  expectTypeOf(count).toEqualTypeOf<number>();
  expectTypeOf(
    store.editItemSync('counter', (current) => (current ? current - 1 : PersistLock.REMOVE)),
  ).toEqualTypeOf<number | undefined>();
  store.editItemSync('user', (user) => (user?.name ? user : PersistLock.REMOVE), { signal });
  store.editItemSync('user', () => undefined, { timeout: 5, ttl: null });
  const both = store.editItemsSync(['counter', 'user'], (items) => {
    expectTypeOf(items.get('user')).toEqualTypeOf<User | undefined>();
    return [['counter', 5]];
  });
  expectTypeOf(both.get('counter')).toEqualTypeOf<number | undefined>();
  store.editItemsSync(['counter'], (items) => items.set('counter', 1));

  // @ts-expect-error: the value is a number.
  store.editItemSync('counter', () => 'five');
  // @ts-expect-error: the value of the other key is a number.
  store.editItemsSync(['counter', 'user'], () => [['counter', { name: 'Ann' }]]);
  // @ts-expect-error: a `return` is missing.
  store.editItemSync('counter', () => {});
  // @ts-expect-error: the callback must not return a promise.
  store.editItemSync('counter', async () => 5);
  // @ts-expect-error: the callback must not return a promise.
  store.editItemSync('counter', (current) => current ?? Promise.resolve(5));
  // @ts-expect-error: the callback must not return a promise.
  store.editItemsSync(['counter'], async () => [['counter', 5]]);
}

export function unknown(store: PersistLock, later: PromiseLike<number>): void {
  expectTypeOf(store.getItemSync('a')).toBeAny();
  expectTypeOf(store.editItemSync('a', (current) => (current ?? 0) + 1)).toBeAny();
  expectTypeOf(store.keysSync()).toEqualTypeOf<string[]>();
  store.editItemsSync(['a', 5], () => new Map([['a', 1]]));

  // @ts-expect-error: the callback must not return a promise.
  store.editItemSync('a', async () => 5);
  // @ts-expect-error: the callback must not return a promise.
  store.editItemSync('a', () => later);
  // @ts-expect-error: the callback must not return a promise.
  store.editItemsSync(['a'], () => Promise.resolve([]));
}
