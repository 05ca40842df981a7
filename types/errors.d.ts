// The errors of calls, and their codes.

import type PersistLock = require('../index.js');

/**
 * The codes of a {@link PersistLockError} that are persist-lock's own.
 *
 * - `ERR_PERSIST_LOCK_CLOSED`: the store is closed. Make a new `PersistLock`.
 * - `ERR_PERSIST_LOCK_COMPACTED`: the store no longer has all changes that a watcher must be told.
 *   Watch with `initial: true`.
 * - `ERR_PERSIST_LOCK_CONNECTION`: the connection to PostgreSQL was lost, or none could be made.
 *   Nothing of the call was stored.
 * - `ERR_PERSIST_LOCK_CORRUPT`: the data file `path` is damaged. It is left unchanged. The
 *   message names the line and the command that repairs: it keeps every intact commit. A write in
 *   progress never looks like this.
 * - `ERR_PERSIST_LOCK_DEADLOCK`: the call would wait for the callback that it was made in, and
 *   that callback awaits it, through any depth of `await`. Such calls are a write or edit of a
 *   key inside an edit or view of it, a view inside an edit of it, {@link PersistLock.clear}
 *   inside any callback, each also through another instance of the store in the process, and
 *   {@link PersistLock.close}. Use the callback's argument, or {@link PersistLock.editItems} for
 *   several keys. A deadlock that cannot be seen ends by its time limit. A blocking call fails with
 *   this code if it would wait for the event loop of its own thread: while an asynchronous callback
 *   of the thread holds one of its items, and inside a synchronous callback.
 * - `ERR_PERSIST_LOCK_INVALID_DIR`: `path`, or a part of it, is a file; or a link stands in place
 *   of the store's own folder; or `path` is something that no store has made, such as a pipe. It
 *   is left unchanged. Use another folder, or move it away.
 * - `ERR_PERSIST_LOCK_INTERNAL`: a fault in this library ended the call. Read the items before
 *   you retry.
 * - `ERR_PERSIST_LOCK_IO`: the system refused an operation on `path` with an error that has no
 *   name here. See `cause`.
 * - `ERR_PERSIST_LOCK_LOCK_LOST`: PostgreSQL refused the changes of a call, because an item is not
 *   as the call has read it. Nothing of the call was stored.
 * - `ERR_PERSIST_LOCK_MOVED`: the store's files were replaced again and again while they were
 *   being opened.
 * - `ERR_PERSIST_LOCK_NO_ADDON`: the addon cannot be loaded. Thrown when the module is loaded,
 *   never by a call. The message names the cause (a missing package, a bundle, a permission, the
 *   system) and what to do.
 * - `ERR_PERSIST_LOCK_NO_DRIVER`: the package `pg` is not installed. Run `npm install pg`.
 * - `ERR_PERSIST_LOCK_PARSE`: the option `parse` threw on a value. Its error is the `cause`;
 *   there is none if the value was stored without `stringify`.
 * - `ERR_PERSIST_LOCK_READ_ONLY`: the call would change or lock something, and the store was
 *   opened with `readOnly`.
 * - `ERR_PERSIST_LOCK_SYNC_FAILED`: the system could not put a write on disk. It may be stored or
 *   not: read the item before you retry.
 * - `ERR_PERSIST_LOCK_TIMEOUT`: a lock was not acquired before the timeout. `holder` and the
 *   message name the process that holds it and since when, if known.
 * - `ERR_PERSIST_LOCK_UNKNOWN_OUTCOME`: the connection to PostgreSQL was lost during a commit,
 *   which may be stored or not: read the item before you retry.
 * - `ERR_PERSIST_LOCK_UNKNOWN_VERSION`: a newer persist-lock has written the file `path`. Update
 *   persist-lock.
 * - `ERR_PERSIST_LOCK_UNSUPPORTED`: the store has no blocking calls: use the awaited ones. Or
 *   PostgreSQL cannot hold a store: the message names the reason and what to do.
 */
export type ErrorCode =
  | 'ERR_PERSIST_LOCK_CLOSED'
  | 'ERR_PERSIST_LOCK_COMPACTED'
  | 'ERR_PERSIST_LOCK_CONNECTION'
  | 'ERR_PERSIST_LOCK_CORRUPT'
  | 'ERR_PERSIST_LOCK_DEADLOCK'
  | 'ERR_PERSIST_LOCK_INVALID_DIR'
  | 'ERR_PERSIST_LOCK_INTERNAL'
  | 'ERR_PERSIST_LOCK_IO'
  | 'ERR_PERSIST_LOCK_LOCK_LOST'
  | 'ERR_PERSIST_LOCK_MOVED'
  | 'ERR_PERSIST_LOCK_NO_ADDON'
  | 'ERR_PERSIST_LOCK_NO_DRIVER'
  | 'ERR_PERSIST_LOCK_PARSE'
  | 'ERR_PERSIST_LOCK_READ_ONLY'
  | 'ERR_PERSIST_LOCK_SYNC_FAILED'
  | 'ERR_PERSIST_LOCK_TIMEOUT'
  | 'ERR_PERSIST_LOCK_UNKNOWN_OUTCOME'
  | 'ERR_PERSIST_LOCK_UNKNOWN_VERSION'
  | 'ERR_PERSIST_LOCK_UNSUPPORTED';

/**
 * The `code` of a `TypeError` or `RangeError` for a wrong argument.
 *
 * - `ERR_PERSIST_LOCK_INVALID_ARGUMENT`: a call got more arguments than it takes. Any number of
 *   `undefined` may follow the others. Where something passes more, such as `array.map`, wrap the
 *   call: `(key) => store.getItem(key)`.
 * - `ERR_PERSIST_LOCK_INVALID_CALLBACK`: an edit, view or callback is no function, or the callback
 *   of a blocking call returned a promise.
 * - `ERR_PERSIST_LOCK_INVALID_DIR`: the constructor's `dir` is no path and no `file:` URL, or it is
 *   the text of a URL, or the folder `.persist-lock` itself.
 * - `ERR_PERSIST_LOCK_INVALID_FILE`: a backup's file is no path and no `file:` URL, or is in a
 *   store's own folder.
 * - `ERR_PERSIST_LOCK_INVALID_KEY`: a key is neither a string nor a finite number, or the
 *   callback of `editItems` returned a key that it was not given. Then the error has that `key`.
 * - `ERR_PERSIST_LOCK_INVALID_MATCH`: a match is neither a string nor a RegExp.
 * - `ERR_PERSIST_LOCK_INVALID_OPTION`: an unknown option, or a wrong value of one.
 * - `ERR_PERSIST_LOCK_INVALID_PREFIX`: a prefix is no string.
 * - `ERR_PERSIST_LOCK_INVALID_TTL`: a `ttl` of a wrong type (`TypeError`), or one that is not in
 *   the future or later than a `Date` can hold (`RangeError`).
 * - `ERR_PERSIST_LOCK_INVALID_VALUE`: a value cannot be stored, or JSON would keep nothing of it: a
 *   promise, a `Map`, a `Set`, an iterator, `NaN`, `Infinity`. Or an edit returned `undefined` for an
 *   existing item. The error has the item's `key`. Or the callback of `editItems` returned no pairs
 *   at all.
 */
export type MisuseCode =
  | 'ERR_PERSIST_LOCK_INVALID_ARGUMENT'
  | 'ERR_PERSIST_LOCK_INVALID_CALLBACK'
  | 'ERR_PERSIST_LOCK_INVALID_DIR'
  | 'ERR_PERSIST_LOCK_INVALID_FILE'
  | 'ERR_PERSIST_LOCK_INVALID_KEY'
  | 'ERR_PERSIST_LOCK_INVALID_MATCH'
  | 'ERR_PERSIST_LOCK_INVALID_OPTION'
  | 'ERR_PERSIST_LOCK_INVALID_PREFIX'
  | 'ERR_PERSIST_LOCK_INVALID_TTL'
  | 'ERR_PERSIST_LOCK_INVALID_VALUE';

/** The error of a call that failed for another reason than its arguments or its callback. */
export class PersistLockError extends Error {
  /** Made by persist-lock only. */
  private constructor();

  /** One of persist-lock's own codes, or the system's, such as `EACCES` or `ENOSPC`. */
  code: ErrorCode | (string & {});

  /** The key of the item concerned, if any; the first of several. */
  key?: string;

  /** The file or folder concerned, if any. */
  path?: string;

  /** The holder of the lock, after `ERR_PERSIST_LOCK_TIMEOUT`, if it is known. */
  holder?: Holder;

  /** The time that the call waited for a lock, after `ERR_PERSIST_LOCK_TIMEOUT`, in milliseconds. */
  timeout?: number;

  /** The error that caused this one, if it tells more. */
  cause?: unknown;
}

/** A {@link PersistLockError} of a call that did not get its locks in time. */
export interface TimeoutError extends PersistLockError {
  code: 'ERR_PERSIST_LOCK_TIMEOUT';
  timeout: number;
}

/** The holder of a lock. */
export interface Holder {
  /** The number of its process, as that process sees itself. */
  pid: number;

  /** The time since which it has had the lock. A PostgreSQL server may not tell it. */
  since: Date | undefined;

  /** The name of its machine or container, if that is another one. */
  host?: string;
}

/**
 * Tells whether an error is a {@link PersistLockError}, and has a code if one is given. Unlike
 * `instanceof`, recognizes errors of other copies of persist-lock too.
 *
 * @example
 * ```ts
 * try {
 *   await store.setItem('a', 1);
 * } catch (error) {
 *   if (!isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT')) throw error;
 *   console.log(error.timeout, error.holder?.pid);
 * }
 * ```
 */
export function isPersistLockError(error: unknown): error is PersistLockError;
export function isPersistLockError(
  error: unknown,
  code: 'ERR_PERSIST_LOCK_TIMEOUT',
): error is TimeoutError;
export function isPersistLockError<Code extends ErrorCode | (string & {})>(
  error: unknown,
  code: Code,
): error is PersistLockError & { code: Code };
