// The changes that a watcher tells.

import { PersistLock } from 'persist-lock';
import { expectTypeOf } from 'expect-type';
import type { Items, User } from './key-patterns.js';

export async function changes(store: PersistLock<Items>, signal: PersistLock.Signal) {
  for await (const change of store.watch({ signal, initial: true })) {
    expectTypeOf(change.commit).toEqualTypeOf<number>();
    expectTypeOf(change.expires).toEqualTypeOf<Date | null>();
    expectTypeOf(change.merged).toEqualTypeOf<boolean>();
    if (change.removed) expectTypeOf(change.value).toEqualTypeOf<undefined>();
    else if (change.key === 'counter') expectTypeOf(change.value).toEqualTypeOf<number>();
    else if (change.key === 'note') expectTypeOf(change.value).toEqualTypeOf<string>();
  }
  for await (const { removed, value } of store.watch({ key: 'counter' })) {
    if (!removed) expectTypeOf(value).toEqualTypeOf<number>();
  }
  for await (const { key, value } of store.watch({ key: 'user:7', since: 5, keepAlive: true })) {
    expectTypeOf(key).toEqualTypeOf<'user:7'>();
    expectTypeOf(value).toEqualTypeOf<User | undefined>();
  }
  const watcher = store.watch({ prefix: 'user:' });
  expectTypeOf(watcher).toEqualTypeOf<PersistLock.Watcher<Items>>();
  expectTypeOf((await watcher.return()).done).toEqualTypeOf<boolean | undefined>();
  await watcher[Symbol.asyncDispose]();

  // @ts-expect-error: there is no such item.
  store.watch({ key: 'count' });
  // @ts-expect-error: a prefix or a key.
  store.watch({ key: 'counter', prefix: 'c' });
  // @ts-expect-error: the number of a commit.
  store.watch({ since: new Date() });
  // @ts-expect-error: the value is not there in every change.
  for await (const { value } of store.watch({ key: 'counter' })) value.toFixed();
}

export async function anyChanges(store: PersistLock, numbers: PersistLock<Record<string, number>>) {
  for await (const { key, value, removed } of store.watch()) {
    expectTypeOf(key).toEqualTypeOf<string>();
    expectTypeOf(value).toEqualTypeOf<any>();
    expectTypeOf(removed).toEqualTypeOf<boolean>();
  }
  for await (const change of numbers.watch({ prefix: 'a' })) {
    expectTypeOf(change.value).toEqualTypeOf<number | undefined>();
    if (!change.removed) expectTypeOf(change.value).toEqualTypeOf<number>();
  }
  for await (const { key } of numbers.watch({ key: 2026 })) expectTypeOf(key).toBeString();
}
