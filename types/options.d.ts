// The options of the constructor and of calls.

import type PersistLock = require('../index.js');

/** A `file:` URL: an object of the class `URL`, of any realm. */
export interface FileURL {
  readonly href: string;
}

/** The options of the constructor that every engine has. An option that is `undefined` has its default. */
export interface SharedOptions {
  /**
   * The time that a call waits for locks, in milliseconds, before it rejects with
   * `ERR_PERSIST_LOCK_TIMEOUT`. `0`: it does not wait. `Infinity`: without limit. Does not limit
   * callbacks.
   *
   * @default 10000
   */
  lockTimeout?: number | undefined;

  /**
   * The expiry of new items that are written without a `ttl`.
   *
   * @default null
   */
  ttl?: Ttl | undefined;

  /**
   * The interval at which expired items are removed, in milliseconds, up to 2147483647. `false`:
   * never. Errors of the removal are not reported. It does not keep the process alive.
   *
   * @default 120000
   */
  expiredInterval?: number | false | undefined;

  /**
   * Turns a value into a string, in place of `JSON.stringify`. Any string is stored unchanged. An
   * error that it throws is the `cause` of a TypeError `ERR_PERSIST_LOCK_INVALID_VALUE`.
   *
   * Needs `parse` too. All programs that use the store need the same pair.
   *
   * @default JSON.stringify
   */
  stringify?: ((value: any) => string) | undefined;

  /**
   * Turns such a string back into a value, in place of `JSON.parse`. Needs `stringify` too. An
   * error that it throws is the `cause` of a PersistLockError `ERR_PERSIST_LOCK_PARSE`.
   *
   * @default JSON.parse
   */
  parse?: ((text: string) => any) | undefined;
}

/** The options of the constructor over files. An option that is `undefined` has its default. */
export interface Options extends SharedOptions {
  /**
   * The state of a write at which its promise resolves.
   *
   * - `'disk'`: once the write is on disk and survives a power cut.
   * - `'os'`: once the system has the write, which then survives the death of the process. It is
   *   synced in the background within a second; the process stays alive for that. If that sync
   *   fails, the next write or {@link PersistLock.close} rejects.
   *
   * @default 'disk'
   */
  durability?: 'disk' | 'os' | undefined;

  /**
   * The permissions of new files, from `0o600` to `0o777`; the owner must be able to read and
   * write. Folders also get search permission for everyone who may read. Lock files can be read
   * only by those who may write them, because whoever may read a file can lock it. The umask of
   * the process applies. Windows ignores this option.
   *
   * @default 0o600
   */
  mode?: number | undefined;

  /**
   * Opens the store for reading only: creates, changes and locks nothing, not even a folder, so
   * that a store can be read without the permission to write. Writes, edits, views and
   * {@link PersistLock.compact} reject with `ERR_PERSIST_LOCK_READ_ONLY`. Writes of other
   * processes are seen as usual. If there is no store, calls reject with `ENOENT`.
   *
   * `dir` may then also be a file that {@link PersistLock.backup} has written.
   *
   * @default false
   */
  readOnly?: boolean | undefined;
}

/** The options of {@link PersistLock.setItem} and {@link PersistLock.setItems}. */
export interface WriteOptions {
  /**
   * The expiry of the item. The time runs from the call.
   *
   * @default The constructor's `ttl`.
   */
  ttl?: Ttl | undefined;
}

/** The options of {@link PersistLock.updateItem}. */
export interface UpdateOptions<Value = any> {
  /**
   * The expiry of the item, or a function that gives it. The time runs from the call, or from the
   * end of the function.
   *
   * @default The item's own expiry; for a new item the constructor's `ttl`.
   */
  ttl?: Ttl | TtlRule<Value> | undefined;
}

/** The options of {@link PersistLock.viewItem}. */
export interface WaitOptions {
  /**
   * The time to wait for the locks, in milliseconds, as {@link SharedOptions.lockTimeout}.
   *
   * @default The constructor's `lockTimeout`.
   */
  timeout?: number | undefined;

  /**
   * An `AbortSignal` that aborts the wait for the locks: the call rejects with the signal's
   * `reason`. A callback that has begun is not interrupted.
   */
  signal?: Signal | undefined;
}

/**
 * The options of {@link PersistLock.editItem}, {@link PersistLock.editItems} and
 * {@link PersistLock.getOrSet}.
 */
export interface EditOptions<Value = any> extends UpdateOptions<Value>, WaitOptions {}

/**
 * The members of `AbortSignal` that are used. Its own type is in no library of the language. At
 * run time only an `AbortSignal` is accepted.
 */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
}

/**
 * The options of {@link PersistLock.keys}, {@link PersistLock.values} and other listings. Keys are
 * in the order of their UTF-8 bytes, in which a lone surrogate takes three; numbers are compared as
 * strings.
 */
export interface ListOptions {
  /**
   * Lists only items whose keys begin with this string.
   *
   * @default ''
   */
  prefix?: string | undefined;

  /** Lists only items from this key on, inclusive. */
  from?: string | number | undefined;

  /** Lists only items before this key, exclusive. */
  to?: string | number | undefined;

  /**
   * The number of items to list at most: the first of those that the other options choose.
   *
   * @default Infinity
   */
  limit?: number | undefined;

  /**
   * Lists in descending order.
   *
   * @default false
   */
  reverse?: boolean | undefined;
}

/** The options of {@link PersistLock.clear}, and the choice of {@link PersistLock.removeItems}. */
export interface PrefixOptions {
  /** The beginning of the keys. Must not be `undefined`. */
  prefix: string;
}

/**
 * The expiry of an item.
 *
 * - a number: that many milliseconds after the call; it must be positive. `0`, `Infinity`: never.
 * - a `Date`: at that time, which must be in the future.
 * - `true`: 24 hours after the call.
 * - `false` or `null`: never.
 *
 * A negative number, a time in the past, or one later than a `Date` can hold is a `RangeError`;
 * any other value is a `TypeError`. Both have the code `ERR_PERSIST_LOCK_INVALID_TTL`.
 */
export type Ttl = number | boolean | Date | null;

/** An item as it was before a change. */
export interface Before<Value = any> {
  value: Value;
  /** The time at which it was to expire; `null` for never. */
  expires: Date | null;
}

/**
 * A function that gives the expiry of an item. It runs under the lock of the item and must return no
 * promise. If it throws, the call fails with its error, and nothing changes.
 *
 * @param value - The new value as it is stored, a copy.
 * @param before - The item before, with a copy of its value; `undefined` if there was none.
 * @param key - The key, as a string: {@link PersistLock.editItems} can give each of its items an expiry.
 * @returns `undefined` keeps the item's own expiry; a new item gets the constructor's `ttl`.
 *
 * @example
 * ```ts
 * // The minute begins with the first of the edits.
 * const ttl: PersistLock.TtlRule = (value, before) => (before ? undefined : 60_000);
 * ```
 */
export type TtlRule<Value = any> = (
  value: Value,
  before: Before<Value> | undefined,
  key: string,
) => Ttl | undefined;
