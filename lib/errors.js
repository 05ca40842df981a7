'use strict';

// The class of this package's errors, and those errors of calls that do not depend on the engine.
// Errors of arguments are made in `lib/arguments.js`, of values in `lib/codec.js`, and those of the
// native side in `lib/file/native-errors.js`.

const { inspect } = require('node:util');

class PersistLockError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ key?: string, path?: string, cause?: unknown }} [details]
   */
  constructor(code, message, { key, path, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (key !== undefined) this.key = key;
    if (path !== undefined) this.path = path;
  }
}
// On the prototype, as the names of the built-in errors are: an own property would be shown with
// each error.
Object.defineProperty(PersistLockError.prototype, 'name', {
  value: 'PersistLockError',
  configurable: true,
  writable: true,
});

/** The property that marks the errors of all copies of this package: each copy has its own class. */
const MARK = Symbol.for('persist-lock.PersistLockError');
Object.defineProperty(PersistLockError.prototype, MARK, { value: true });

/** Returns true for an error of this package, with the code if one is given. */
function isPersistLockError(error, code) {
  const isOurs = typeof error === 'object' && error !== null && error[MARK] === true;
  return isOurs && (code === undefined || error.code === code);
}

/** Makes the error of a misuse of the interface: a TypeError or RangeError with a code. */
function misuse(Kind, code, message, details = {}) {
  const { cause, ...rest } = details;
  const error = new Kind(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code: `ERR_PERSIST_LOCK_${code}` }, rest);
}

/** Gives the message of a value that a user's function has thrown, which may be no error. */
function messageOf(thrown) {
  try {
    if (typeof thrown.message === 'string') return thrown.message;
  } catch {
    // Nothing, or an object that throws when it is read.
  }
  return inspect(thrown);
}

/** Gives the reason of an aborted signal; not every class of signals has one. */
function abortReason(signal) {
  if ('reason' in signal) return signal.reason;
  return new DOMException('This operation was aborted', 'AbortError');
}

/** The number of keys that a message names at most. */
const MOST_NAMED = 5;

/** Names the locks that a call needs. */
function locksOf({ keys }) {
  if (keys === null) return 'the lock of all items';
  const names = keys.slice(0, MOST_NAMED).map((key) => inspect(key));
  const others = keys.length > MOST_NAMED ? ' and others' : '';
  return `the lock of ${names.join(', ')}${others}`;
}

/** Names the locks of a call that a callback holds: of a call of all keys it holds only some. */
function heldOf(call) {
  return call.keys === null ? 'a lock that this call needs' : locksOf(call);
}

/** The advice for a call that needs a lock of the callback around it. */
const OUTSIDE =
  'Use its argument, or `editItems` for several keys, or make this call after the callback';

/** @param {{ pid: number, since: number } | undefined} holder */
function timeoutError(call, holder) {
  const message = `Waited ${call.timeout} ms for ${locksOf(call)}. ${describe(holder, call)}`;
  return new PersistLockError('ERR_PERSIST_LOCK_TIMEOUT', message, { key: call.keys?.[0] });
}

/** Describes the holder of a lock, as far as it is known. */
function describe(holder, call) {
  const isInside = call.holdersAround.length > 0;
  if (holder === undefined && !isInside) return 'Its holder is unknown';
  const isOwn = isInside || holder.pid === process.pid;
  const who = isOwn ? `This process (${process.pid})` : `Process ${holder.pid}`;
  const since = holder && new Date(holder.since).toISOString();
  const holds = since === undefined ? 'holds it' : `has held it since ${since}`;
  const inside = isInside ? `, in the callback that made this call. ${OUTSIDE}` : '';
  return `${who} ${holds}${inside}`;
}

function deadlockError(call) {
  const message = `Deadlock: the callback you are in holds ${heldOf(call)}. ${OUTSIDE}`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message, { key: call.keys?.[0] });
}

/** @param {'close' | 'closeSync'} name */
function closeInsideError(name) {
  const message = `Deadlock: \`${name}\` would wait for the callback you are in. Call it after the callback`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message);
}

/** The advice for a blocking call that would wait for a callback of its own thread. */
const AWAIT_INSTEAD =
  'Use the call without `Sync` and await it, or make this call after the callback';

/** Makes the error of a blocking call in a synchronous callback, whose turn it would wait for. */
function insideTurnError(call) {
  const message = `Deadlock: the callback you are in holds the writer lock. ${OUTSIDE}`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message, { key: call.keys?.[0] });
}

/** Makes the error of a blocking call that would wait for a promise that cannot settle meanwhile. */
function blockedError(call) {
  const message = `Deadlock: a callback of this thread whose promise is pending holds ${heldOf(call)}. ${AWAIT_INSTEAD}`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message, { key: call.keys?.[0] });
}

function blockedCloseError() {
  const message =
    'Deadlock: `closeSync` would wait for a callback of this thread. Use `close` and await it, or close the store after the callback';
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message);
}

/** Makes the error of a blocking call whose callback returned a promise. */
function promiseError(key) {
  const message =
    'The callback of a blocking call must not return a promise. Nothing was stored. Use the call without `Sync` and await it';
  return misuse(TypeError, 'INVALID_CALLBACK', message, { key });
}

function closedError() {
  const message = 'The store is closed. Make a new PersistLock to use it again';
  return new PersistLockError('ERR_PERSIST_LOCK_CLOSED', message);
}

function unsupportedError() {
  const message =
    'This store has no blocking calls. Use the awaited calls, whose names lack `Sync`';
  return new PersistLockError('ERR_PERSIST_LOCK_UNSUPPORTED', message);
}

const REOPEN_WITHOUT_READ_ONLY = 'Open it without `readOnly` to write, edit or view';

function readOnlyError(dir) {
  const message = `The store in ${dir} is read-only. ${REOPEN_WITHOUT_READ_ONLY}`;
  return new PersistLockError('ERR_PERSIST_LOCK_READ_ONLY', message, { path: dir });
}

const ADVICE_AFTER_FAULT = 'Read the items before you try again, and report the fault';

/** Makes the error of a call that ends by a fault of this library. */
function faultError(fault) {
  const message = `A fault in persist-lock ended this call: ${fault}. ${ADVICE_AFTER_FAULT}`;
  return new PersistLockError('ERR_PERSIST_LOCK_INTERNAL', message);
}

module.exports = {
  ADVICE_AFTER_FAULT,
  PersistLockError,
  REOPEN_WITHOUT_READ_ONLY,
  abortReason,
  blockedCloseError,
  blockedError,
  closeInsideError,
  closedError,
  deadlockError,
  faultError,
  insideTurnError,
  isPersistLockError,
  messageOf,
  misuse,
  promiseError,
  readOnlyError,
  timeoutError,
  unsupportedError,
};
