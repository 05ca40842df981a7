// The awaited calls on items: of every store, or of a part of one.

import type PersistLock = require('../index.js');
import type {
  Before,
  EditOptions,
  ListOptions,
  Options,
  PrefixOptions,
  Ttl,
  TtlRule,
  UpdateOptions,
  WaitOptions,
  WriteOptions,
} from './options.js';
import type {
  Befores,
  EditResult,
  EditsResult,
  Entry,
  Item,
  ItemMap,
  Key,
  KeyText,
  List,
  Name,
  NewEntry,
  NumberKey,
  PartItems,
  Value,
} from './keys.js';
import type { WatchItemOptions, WatchOptions, Watcher } from './watching.js';

/**
 * The calls on items that every store has, over files or over PostgreSQL, and every part of one: a
 * function that needs no more can ask for `PersistLock.ItemCalls`.
 *
 * The errors that all calls share are listed at {@link PersistLock}. Each call names only its own.
 */
export interface ItemCalls<Items extends Record<string, any> = any> {
  /**
   * Reads an item's value. Waits for no lock.
   *
   * @param key - A string or a finite number, which becomes a string.
   * @returns The value, a new copy each time; `undefined` if there is no such item or it has
   * expired.
   */
  getItem<K extends Name<Items>>(key: K | NumberKey<Items>): Promise<Value<Items, K> | undefined>;

  /**
   * Reads several items at one moment. Waits for no lock.
   *
   * @param keys - An array of keys, or another iterable object.
   * @returns The values of those items that exist, in the order of `keys`, by key as a string.
   */
  getItems<K extends Name<Items>>(keys: List<K | NumberKey<Items>>): Promise<ItemMap<Items, K>>;

  /**
   * Reads an item, or makes it if there is none: calls `make` under the lock of the key and stores
   * its result. Of many calls at once, in any number of processes, one makes the item. An item that
   * exists costs one read, without a lock or a commit.
   *
   * @param make - Returns the value to store: neither `undefined` nor `PersistLock.REMOVE`. May be
   * asynchronous. If it throws or rejects, this call rejects with the same error, and a call that
   * waits calls its own `make`.
   * @param options - `ttl`: the expiry of the new item, in milliseconds after `make` has ended.
   * Default: the `ttl` of the constructor. `timeout`, `signal`: the end of the wait for the lock.
   * @returns The value as stored.
   */
  getOrSet<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    make: () => Value<Items, K> | PromiseLike<Value<Items, K>>,
    options?: EditOptions<Value<Items, K>>,
  ): Promise<Value<Items, K>>;

  /**
   * Tells when an item expires.
   *
   * @returns `null` if it never expires; `undefined` if there is no such item.
   */
  getExpiry(key: Key<Items>): Promise<Date | null | undefined>;

  /** Tells whether an item exists. An expired item does not. */
  hasItem(key: Key<Items>): Promise<boolean>;

  /**
   * Stores a value. Replaces the value and the expiry of an existing item.
   *
   * @param value - Anything that `JSON.stringify` keeps: no promise, `Map`, `Set`, iterator, `NaN` or
   * `Infinity`. It is copied now: later changes to it change nothing.
   * @param options - `ttl`: the item's expiry. Default: the `ttl` of the constructor.
   * @returns Resolves once the value is as durable as {@link Options.durability} says.
   */
  setItem<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    value: Value<Items, K>,
    options?: WriteOptions,
  ): Promise<void>;

  /**
   * Stores several items in one atomic commit. Replaces the values and the expiries of existing
   * items. If one of them cannot be stored, nothing changes.
   *
   * @param entries - A `Map`, an array of pairs, or another iterable object. Of two pairs with the
   * same key the later one counts. The values are copied now.
   * @param options - `ttl`: their expiry. Default: the `ttl` of the constructor.
   * @returns Resolves once the items are as durable as {@link Options.durability} says.
   */
  setItems<K extends Name<Items>>(
    entries: List<NewEntry<Items, K>>,
    options?: WriteOptions,
  ): Promise<void>;

  /**
   * Stores a value and keeps the item's expiry. Creates a missing item, with the `ttl` of the
   * constructor.
   *
   * @param value - Anything that `JSON.stringify` keeps: no promise, `Map`, `Set`, iterator, `NaN` or
   * `Infinity`. It is copied now: later changes to it change nothing.
   * @param options - `ttl`: a new expiry, or a function that gives it. Default: the item's own.
   * @returns Resolves once the value is as durable as {@link Options.durability} says.
   */
  updateItem<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    value: Value<Items, K>,
    options?: UpdateOptions<Value<Items, K>>,
  ): Promise<void>;

  /**
   * Sets the expiry of an item and keeps its value.
   *
   * @param ttl - The new expiry, or a function that gives it. Default: the `ttl` of the constructor;
   * if that has none, it must be given.
   * @returns `true` if the item exists. Resolves once the change is as durable as
   * {@link Options.durability} says.
   */
  touch<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    ttl?: Ttl | TtlRule<Value<Items, K>>,
  ): Promise<boolean>;

  /**
   * Edits an item atomically: calls `edit` with the current value and stores its result. No other
   * process, thread or instance can write or view the item meanwhile.
   *
   * Calls `edit` once. If it throws or rejects, this call rejects with the same error, and nothing
   * changes.
   *
   * An asynchronous `edit` can write and edit other keys as usual. Two edits that wait for each
   * other's keys end by their time limits; {@link editItems} locks several keys at once instead.
   *
   * @param edit - Receives a copy of the value, or `undefined` if there is no item; and the item as
   * `{ value, expires }`, or `undefined`. May be asynchronous. Returns the new value, or
   * `PersistLock.REMOVE` to remove the item. Returning `undefined` for an existing item is an error,
   * because a forgotten `return` must not delete it; for a missing item it changes nothing.
   * @param options - `ttl`: a new expiry, or a function that gives it. Default: the item's own; for a
   * new item the `ttl` of the constructor. `timeout`, `signal`: the end of the wait for the lock.
   * @returns The value as stored; `undefined` only if `edit` can return `undefined` or
   * `PersistLock.REMOVE`. Resolves once the change is as durable as {@link Options.durability} says.
   */
  // The first form refuses a function without a `return`, since its place has the type of the value
  // alone. In the second form, `Result` is a type parameter for the same reason: in a place whose
  // type contains `undefined`, such a function would be accepted.
  editItem<K extends Name<Items>>(
    key: K | NumberKey<Items>,
    edit: (
      current: Value<Items, K> | undefined,
      before: Before<Value<Items, K>> | undefined,
    ) => Value<Items, K> | PromiseLike<Value<Items, K>>,
    options?: EditOptions<Value<Items, K>>,
  ): Promise<Value<Items, K>>;
  editItem<
    K extends Name<Items>,
    Result extends EditResult<Value<Items, K>> | PromiseLike<EditResult<Value<Items, K>>> =
      EditResult<Value<Items, K>> | PromiseLike<EditResult<Value<Items, K>>>,
  >(
    key: K | NumberKey<Items>,
    edit: (
      current: Value<Items, K> | undefined,
      before: Before<Value<Items, K>> | undefined,
    ) => Result,
    options?: EditOptions<Value<Items, K>>,
  ): Promise<Value<Items, K> | undefined>;

  /**
   * Edits several items at once. Takes all locks or none, and stores all changes in one atomic
   * commit. No other process, thread or instance can write or view any of the items meanwhile.
   *
   * Calls `edit` once. If it throws or rejects, this call rejects with the same error, and nothing
   * changes. Nothing changes either if one of the values cannot be stored.
   *
   * @param keys - An array of keys, or another iterable object. A repeated key counts once.
   * @param edit - Receives a new `Map` from each key, as a string and in the order given, to a copy
   * of its value, or to `undefined` if there is no item; and a `Map` of the items that exist, as
   * `{ value, expires }`. May be asynchronous. Returns the first `Map`, another one, or an array of
   * pairs. Items that it does not return stay unchanged. Values are as for {@link editItem}:
   * `PersistLock.REMOVE` removes an item, and `undefined` for an existing one is an error. Returning
   * nothing at all is allowed only if none of the items exists.
   * @param options - `ttl`: a new expiry for the items that are stored. Default: each item's own;
   * for a new item the `ttl` of the constructor. `timeout`, `signal`: the end of the wait for the
   * locks.
   * @returns The values as stored, by key as a string; without items that `edit` removed or did not
   * return. Resolves once the changes are as durable as {@link Options.durability} says.
   * @throws TypeError `ERR_PERSIST_LOCK_INVALID_KEY` if `edit` returns a key that it was not given.
   *
   * @example
   * ```ts
   * await store.editItems(['from', 'to'], (accounts) => [
   *   ['from', (accounts.get('from') ?? 0) - 5],
   *   ['to', (accounts.get('to') ?? 0) + 5],
   * ]);
   * ```
   */
  editItems<
    K extends Name<Items>,
    Result extends EditsResult<Items, K> | PromiseLike<EditsResult<Items, K>> =
      EditsResult<Items, K> | PromiseLike<EditsResult<Items, K>>,
  >(
    keys: List<K | NumberKey<Items>>,
    edit: (current: ItemMap<Items, K, undefined>, before: ItemMap<Befores<Items>, K>) => Result,
    options?: EditOptions<Value<Items, K>>,
  ): Promise<ItemMap<Items, K>>;

  /**
   * Views an item: calls `view` with the value while nobody can write the item. Waits for edits of
   * the item; any number of views run at the same time.
   *
   * Use {@link getItem} for a read that waits for no lock and blocks nobody.
   *
   * Calls `view` once. If it throws or rejects, this call rejects with the same error. Inside it
   * the item can be viewed again, but not written.
   *
   * @param view - Receives a copy of the value, or `undefined` if there is no item. May be
   * asynchronous.
   * @param options - `timeout`, `signal`: the end of the wait for the lock.
   * @returns The result of `view`, whatever it is.
   */
  viewItem<K extends Name<Items>, Result>(
    key: K | NumberKey<Items>,
    view: (current: Value<Items, K> | undefined) => Result,
    options?: WaitOptions,
  ): Promise<Awaited<Result>>;

  /**
   * Removes an item.
   *
   * @returns `true` if the item existed. Resolves once the removal is as durable as
   * {@link Options.durability} says.
   */
  removeItem(key: Key<Items>): Promise<boolean>;

  /**
   * Removes several items in one atomic commit. Waits for edits and views of these items.
   *
   * @param keys - An array of keys, or another iterable object. Or an object with a `prefix`: all
   * items whose keys begin with it when the call has its locks.
   * @returns The number of items removed. Resolves once the removal is as durable as
   * {@link Options.durability} says.
   */
  removeItems(keys: List<Key<Items>> | PrefixOptions): Promise<number>;

  /**
   * Removes all items. Waits for edits and views that are running; later ones wait for it.
   *
   * @param options - `prefix`: removes only items whose keys begin with this string, as
   * {@link removeItems} does.
   * @returns Resolves once the removal is as durable as {@link Options.durability} says.
   */
  clear(options?: PrefixOptions): Promise<void>;

  /**
   * Lists the keys in their order: see {@link ListOptions}. Keys that were given as numbers are
   * strings here.
   */
  keys(options?: ListOptions): Promise<KeyText<Items>[]>;

  /** Lists the values, in the order of the keys. */
  values(options?: ListOptions): Promise<Value<Items>[]>;

  /** Lists the items as pairs of key and value, in the order of the keys. */
  entries(options?: ListOptions): Promise<Entry<Items>[]>;

  /** Counts the items. */
  length(options?: ListOptions): Promise<number>;

  /**
   * Lists the values of items whose keys match, in the order of the keys.
   *
   * @param match - A string that the key contains, or a pattern that it matches. The flags `g` and
   * `y` are ignored.
   */
  valuesWithKeyMatch(match: string | RegExp, options?: ListOptions): Promise<Value<Items>[]>;

  /**
   * Calls a function for each item of one moment, one after the other. Holds no lock meanwhile.
   *
   * @param callback - Receives the item. Its result is awaited before the next call. If it throws
   * or rejects, no more calls follow, and this call rejects with the same error.
   * @returns Resolves when the last call has ended.
   */
  forEach(callback: (item: Item<Items>) => unknown, options?: ListOptions): Promise<void>;

  /**
   * Iterates over the items of one moment, as pairs of key and value, in the order of the keys. The
   * moment is that of the first `next()`. The items are read as the loop proceeds. Holds no lock.
   * Throws at once if the options are wrong.
   *
   * @example
   * ```ts
   * for await (const [key, value] of store.iterate({ prefix: 'log:', reverse: true, limit: 10 })) {
   *   console.log(key, value);
   * }
   * ```
   */
  iterate(options?: ListOptions): AsyncGenerator<Entry<Items>, void, undefined>;

  /**
   * Iterates over all items, as {@link iterate} does.
   *
   * @example
   * ```ts
   * for await (const [key, value] of store) console.log(key, value);
   * ```
   */
  [Symbol.asyncIterator](): AsyncGenerator<Entry<Items>, void, undefined>;

  /**
   * Watches items: tells each committed change, of this and other processes, in order. Holds no
   * lock. Begins with the call, not with the loop.
   *
   * A slow loop delays nobody. Where it cannot be told each commit, as after a rewrite of the file, it
   * is told the newest state of each changed item, marked `merged`. Expiry is no change; the removal of an expired item is one.
   *
   * Ends when the loop is left, by its signal, and when the store is closed.
   *
   * @example
   * ```ts
   * for await (const change of store.watch({ prefix: 'user:' })) {
   *   if (change.removed) users.delete(change.key);
   *   else users.set(change.key, change.value);
   * }
   * ```
   */
  watch<K extends Name<Items>>(
    options: WatchItemOptions<Items, K | NumberKey<Items>>,
  ): Watcher<Items, K>;
  watch(options?: WatchOptions): Watcher<Items>;

  /**
   * Gives a part of the store: the items whose keys begin with a prefix. Its calls take and give
   * keys without the prefix. It shares the instance: options, locks and `close`. Errors and
   * diagnostics channels have full keys.
   *
   * @param prefix - Should end in a character that no name contains: the part `user:1` has the
   * items of `user:10` too. Must not be empty, nor end in the first half of a surrogate pair.
   *
   * @example
   * ```ts
   * const users = store.sub('user:');
   * await users.setItem('ada', { name: 'Ada' }); // stores `user:ada`
   * ```
   */
  sub<Prefix extends string>(prefix: Prefix): ItemCalls<PartItems<Items, Prefix>>;
}
