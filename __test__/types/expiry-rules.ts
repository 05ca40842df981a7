// Functions as a `ttl`, the item before, and the calls of many items.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

interface Token {
  access: string;
  seconds: number;
}

type Items = { token: Token; count: number; note?: string };

export function rules(store: PersistLock<Items>): void {
  const ttl = (token: Token, before: PersistLock.Before<Token> | undefined) =>
    token.access === before?.value.access ? undefined : token.seconds * 1000;
  const fetchToken = async (): Promise<Token> => ({ access: 'a', seconds: 5 });
  const edited = store.editItem(
    'token',
    (current, before) => {
      expectTypeOf(current).toEqualTypeOf<Token | undefined>();
      expectTypeOf(before).toEqualTypeOf<PersistLock.Before<Token> | undefined>();
      return current ?? fetchToken();
    },
    { ttl },
  );
  expectTypeOf(edited).resolves.toEqualTypeOf<Token>();
  store.editItem('count', (n = 0) => n + 1, {
    ttl: (n, before) => {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(before?.expires).toEqualTypeOf<Date | null | undefined>();
      return before ? undefined : 60_000;
    },
  });
  store.editItems(
    ['token', 'count'],
    (items, befores) => {
      expectTypeOf(befores.get('count')?.expires).toEqualTypeOf<Date | null | undefined>();
      return items;
    },
    { ttl: (value) => (typeof value === 'number' ? 5 : value.seconds) },
  );
  store.updateItem('count', 5, { ttl: (n, before) => before?.expires ?? n });
  expectTypeOf(store.touch('token', ttl)).resolves.toEqualTypeOf<boolean>();
  expectTypeOf(store.touch('token')).resolves.toEqualTypeOf<boolean>();
  expectTypeOf(store.getExpiry('note')).resolves.toEqualTypeOf<Date | null | undefined>();
  expectTypeOf(store.getOrSet('token', fetchToken, { ttl })).resolves.toEqualTypeOf<Token>();
  expectTypeOf(store.getOrSet('note', () => 'new')).resolves.toEqualTypeOf<string>();

  // @ts-expect-error: a set does not know the item before.
  store.setItem('count', 5, { ttl: (n: number) => n });
  // @ts-expect-error: the function must not return a promise.
  store.updateItem('count', 5, { ttl: async () => 5 });
  // @ts-expect-error: the value is a number.
  store.getOrSet('count', () => 'five');
  // @ts-expect-error: `make` must return a value.
  store.getOrSet('note', () => undefined);
  // @ts-expect-error: `make` must return a value.
  store.getOrSet('count', () => {});
}

export function batches(
  store: PersistLock<Items>,
  counts: PersistLock<Record<string, number>>,
): void {
  const some = store.getItems(['token', 'count'] as const);
  some.then((items) => {
    expectTypeOf(items.get('token')).toEqualTypeOf<Token | undefined>();
    expectTypeOf(items.get('count')).toEqualTypeOf<number | undefined>();
  });
  counts.getItems(['a', 5]).then((items) => {
    expectTypeOf(items.get('a')).toEqualTypeOf<number | undefined>();
  });
  store.setItems([
    ['count', 5],
    ['note', 'text'],
  ]);
  counts.setItems(new Map([['a', 5]]), { ttl: 5 });
  counts.setItems(Object.entries({ a: 5 }));
  counts.setItems([[5, 5]]);

  // @ts-expect-error: there is no such item.
  store.getItems(['none']);
  // @ts-expect-error: a string is no list of keys.
  counts.getItems('text');
  // @ts-expect-error: the value of that key is a text.
  store.setItems([['note', 5]]);
  // @ts-expect-error: an object is no list of pairs.
  counts.setItems({ a: 5 });
}
