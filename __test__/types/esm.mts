// An ES module, with both ways to import the class.

import Default from 'persist-lock';
import { PersistLock, PersistLockError, isPersistLockError } from 'persist-lock';
import type { EditOptions, EditResult, EditsResult, Entry, ErrorCode, Item } from 'persist-lock';
import type { Key, ListOptions, MisuseCode, Options, Signal, Ttl } from 'persist-lock';
import type { WaitOptions, WriteOptions } from 'persist-lock';
import { expectTypeOf } from 'expect-type';

expectTypeOf(Default).toEqualTypeOf<typeof PersistLock>();
expectTypeOf(Default.REMOVE).toEqualTypeOf<typeof PersistLock.REMOVE>();
expectTypeOf({} as Options).toEqualTypeOf<PersistLock.Options>();
expectTypeOf(new PersistLock<{ a: 1 }>()).toEqualTypeOf<Default<{ a: 1 }>>();

const options: Required<Options> = {
  durability: 'disk',
  lockTimeout: Infinity,
  ttl: null,
  expiredInterval: 120_000,
  stringify: (value) => JSON.stringify(value),
  parse: (text) => JSON.parse(text),
  readOnly: false,
  mode: 0o600,
};
const ttls: Ttl[] = [1000, 0, Infinity, true, false, null, new Date()];
const write: WriteOptions = { ttl: 1000 };
declare const signal: Signal;
const wait: WaitOptions = { timeout: 1000, signal };
const both: EditOptions = { ...write, ...wait };
const list: ListOptions = { prefix: 'user:' };
const result: EditResult<number> = PersistLock.REMOVE;
const results: EditsResult = [
  ['a', result],
  [5, { at: 'all' }],
];
const key: Key = 5;
const entry: Entry = ['a', 1];
const item: Item = { key: 'a', value: 1 };
const ours: ErrorCode = 'ERR_PERSIST_LOCK_CLOSED';
const misuse: MisuseCode = 'ERR_PERSIST_LOCK_INVALID_KEY';

// Without types for its items, a store takes and gives anything.
const store = new PersistLock('.', options);
expectTypeOf(await store.init()).toEqualTypeOf<PersistLock>();
await store.setItem(key, [1, { two: 3 }], write);
await store.setItem('a', 1, { ttl: ttls[0] });
await store.updateItem('a', null, { ttl: undefined });
expectTypeOf(
  await store.editItem('a', (current) => ({ ...current, more: true })),
).toEqualTypeOf<any>();
expectTypeOf(
  await store.editItem('a', async () => result, { ttl: new Date() }),
).toEqualTypeOf<any>();
expectTypeOf(await store.editItem('a', () => 1, both)).toEqualTypeOf<any>();
const edited: Map<string, any> = await store.editItems(['a', key], () => results, both);
expectTypeOf(edited.get('any')).toEqualTypeOf<any>();
const again = await store.editItems(['a'], async (items) => items.set('a', 1));
expectTypeOf(again.get('a')).toEqualTypeOf<any>();
await store.editItems(['a'], () => [['a', PersistLock.REMOVE]], { ttl: null, timeout: Infinity });
expectTypeOf(await store.viewItem('a', (current) => current, wait)).toEqualTypeOf<any>();
expectTypeOf(
  await store.viewItem(key, async () => 1, { signal: undefined }),
).toEqualTypeOf<number>();
expectTypeOf(await store.getItem('a')).toEqualTypeOf<any>();
expectTypeOf(await store.keys(list)).toEqualTypeOf<string[]>();
expectTypeOf(await store.values(list)).toEqualTypeOf<any[]>();
expectTypeOf(await store.entries(list)).toEqualTypeOf<[key: string, value: any][]>();
expectTypeOf(await store.length(list)).toEqualTypeOf<number>();
expectTypeOf(await store.valuesWithKeyMatch('a')).toEqualTypeOf<any[]>();
await store.forEach(({ key: name, value }) => {
  expectTypeOf(name).toEqualTypeOf<string>();
  expectTypeOf(value).toEqualTypeOf<any>();
});
for await (const [name, value] of store) {
  expectTypeOf(name).toEqualTypeOf<string>();
  expectTypeOf(value).toEqualTypeOf<any>();
}
expectTypeOf(await store[Symbol.asyncDispose]()).toEqualTypeOf<void>();

try {
  await store.setItem('a', 1);
} catch (error) {
  if (error instanceof PersistLockError) {
    expectTypeOf(error.key).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.path).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.cause).toEqualTypeOf<unknown>();
    const message: string = `${error.name} ${error.message}`;
    // Our codes are offered, and the system's are taken too.
    const isOurs = error.code === ours || error.code === 'ERR_PERSIST_LOCK_TIMEOUT';
    if (isOurs || error.code === 'ENOSPC') throw new Error(message, { cause: misuse });
  }
}

try {
  await store.setItem('a', 1);
} catch (error) {
  expectTypeOf(error).toEqualTypeOf<unknown>();
  if (isPersistLockError(error, 'ERR_PERSIST_LOCK_CLOSED')) {
    expectTypeOf(error.code).toEqualTypeOf<'ERR_PERSIST_LOCK_CLOSED'>();
    expectTypeOf(error.key).toEqualTypeOf<string | undefined>();
  } else if (isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT')) {
    expectTypeOf(error).toEqualTypeOf<PersistLock.TimeoutError>();
    expectTypeOf(error.timeout).toEqualTypeOf<number>();
    expectTypeOf(error.holder).toEqualTypeOf<PersistLock.Holder | undefined>();
    expectTypeOf(error.holder?.since).toEqualTypeOf<Date | undefined>();
    expectTypeOf(error.holder?.host).toEqualTypeOf<string | undefined>();
  } else if (PersistLock.isPersistLockError(error, 'ENOSPC')) {
    expectTypeOf(error.code).toEqualTypeOf<'ENOSPC'>();
  } else if (isPersistLockError(error)) {
    expectTypeOf(error).toEqualTypeOf<PersistLockError>();
    expectTypeOf(error.timeout).toEqualTypeOf<number | undefined>();
  }
}

export { entry, item };

// @ts-expect-error: a code is a string.
isPersistLockError(new Error(), 5);

// @ts-expect-error: the folder is a path.
new PersistLock(5);
// @ts-expect-error: there is no such option.
new PersistLock('.', { sync: true });
// @ts-expect-error: there is no such durability.
new PersistLock('.', { durability: 'none' });
// @ts-expect-error: never is `false`.
new PersistLock('.', { expiredInterval: null });
// @ts-expect-error: it makes a string.
new PersistLock('.', { stringify: (value) => value.length as number });
// @ts-expect-error: permissions are a number.
new PersistLock('.', { mode: '600' });
// @ts-expect-error: it is a class.
PersistLock('.');
// @ts-expect-error: users make no errors.
new PersistLockError();
// @ts-expect-error: the symbol is there to stay.
PersistLock.REMOVE = Symbol();
// @ts-expect-error: a key is a string or a number.
await store.getItem(null);
// @ts-expect-error: a key is a string or a number.
await store.removeItem(Symbol());
// @ts-expect-error: a key is needed.
await store.hasItem();
// @ts-expect-error: a value is needed.
await store.setItem('a');
// @ts-expect-error: the options are an object.
await store.setItem('a', 1, 5000);
// @ts-expect-error: there is no such option.
await store.updateItem('a', 1, { expires: 5000 });
// @ts-expect-error: a ttl is no text.
await store.setItem('a', 1, { ttl: '1d' });
// @ts-expect-error: an edit is a function.
await store.editItem('a', 5);
// @ts-expect-error: the keys are a list.
await store.editItems('a', () => []);
// @ts-expect-error: a key is a string or a number.
await store.editItems([null], () => []);
// @ts-expect-error: an edit is a function.
await store.editItems(['a'], [['a', 1]]);
// @ts-expect-error: it returns pairs.
await store.editItems(['a'], () => ({ a: 1 }));
// @ts-expect-error: a view is a function.
await store.viewItem('a');
// @ts-expect-error: a view stores nothing.
await store.viewItem('a', () => 1, { ttl: 5000 });
// @ts-expect-error: it takes no time limit.
await store.setItem('a', 1, { timeout: 5000 });
// @ts-expect-error: a time limit is a number.
await store.editItem('a', () => 1, { timeout: '5s' });
// @ts-expect-error: a signal is an AbortSignal.
await store.editItem('a', () => 1, { signal: { aborted: false } });
// @ts-expect-error: to wait for ever is `Infinity`.
new PersistLock('.', { lockTimeout: false });
// @ts-expect-error: a prefix is a string.
await store.keys({ prefix: /^a/ });
// @ts-expect-error: the options are an object.
await store.values('a');
// @ts-expect-error: a match is a string or a pattern.
await store.valuesWithKeyMatch((name: string) => name === 'a');
// @ts-expect-error: it is a method.
store.length > 0;
// @ts-expect-error: the native side's methods are not for users.
store.openStore();
