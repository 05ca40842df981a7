'use strict';

// The class of this package's errors, and those errors of calls that do not depend on the engine.
// Errors of arguments are made in `lib/arguments.js`, of values in `lib/codec.js`, and those of the
// native side in `lib/file/native-errors.js`.

const { inspect } = require('node:util');

/** The errors made by this copy of the package. @type {WeakSet<Error>} */
const made = new WeakSet();

class PersistLockError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {object} [details] those that apply
   * @param {string} [details.key]
   * @param {string} [details.path]
   * @param {{ pid: number, since: Date, host?: string }} [details.holder] the holder of a lock that
   *   was waited for
   * @param {number} [details.timeout] the time for which it was waited, in milliseconds
   * @param {unknown} [details.cause]
   */
  constructor(code, message, details = {}) {
    const { cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    made.add(this);
    this.code = code;
    for (const name of ['key', 'path', 'holder', 'timeout']) {
      if (details[name] !== undefined) this[name] = details[name];
    }
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
  const isMarked = typeof error === 'object' && error !== null && error[MARK] === true;
  return isMarked && (code === undefined || error.code === code);
}

/** Makes the error of a misuse of the interface: a TypeError or RangeError with a code. */
function misuse(Kind, code, message, details = {}) {
  const { cause, ...rest } = details;
  const error = new Kind(message, cause === undefined ? undefined : { cause });
  made.add(error);
  return Object.assign(error, { code: `ERR_PERSIST_LOCK_${code}` }, rest);
}

/** Makes the error of an argument that is not as expected. */
function invalid(code, expectation, value, Kind = TypeError) {
  return misuse(Kind, code, `${expectation}. Received ${shown(value)}`);
}

/** Shows a value in a message. */
function shown(value) {
  return inspect(value, { depth: 0, maxStringLength: 80, breakLength: Infinity });
}

/** Returns true for an error made by this copy of the package, also one of a wrong argument. */
function isOurs(error) {
  return made.has(error);
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

/**
 * Makes the error of a call that has waited for too long.
 *
 * @param {Holder | undefined} holder the holder of the lock, as far as it is known
 * @typedef {object} Holder
 * @property {number} pid
 * @property {Date} [since] the time since which it has the lock, or waits for it, if that is known
 * @property {string} [host] the name of its machine, if that is not this one's
 * @property {boolean} [isOwn] true for a callback of this instance
 * @property {boolean} [isClear] true for a `clear` that waits itself, and comes before the call
 * @property {boolean} [isCrowd] true if callbacks of this instance have leases, of other keys, and
 *   these are as many as it may have at once
 */
function timeoutError(call, holder) {
  const { timeout } = call;
  const message = `Waited ${timeout} ms for ${locksOf(call)}. ${describe(holder, call)}`;
  const details = { key: call.keys?.[0], timeout, holder: holder && told(holder) };
  return new PersistLockError('ERR_PERSIST_LOCK_TIMEOUT', message, details);
}

/** Gives the part of a holder that users are told. */
function told({ pid, since, host }) {
  return host === undefined ? { pid, since } : { pid, since, host };
}

/** Describes the holder of a lock, as far as it is known. */
function describe(holder, call) {
  const isInside = call.holdersAround.length > 0;
  if (isInside) {
    return `${nameOf({ pid: process.pid })} ${holdsSince(holder)}, in the callback that made this call. ${OUTSIDE}`;
  }
  const own = holder?.isOwn ? ', in a callback of this instance' : '';
  return `${describeHolder(holder)}${own}`;
}

function describeHolder(holder) {
  if (holder === undefined) return 'Its holder is unknown';
  if (holder.isClear) {
    return `${nameOf(holder)} has waited for the lock of all items${sinceOf(holder)}, and comes first`;
  }
  if (holder.isCrowd) {
    return `This instance has as many pending callbacks as it may have at once, the oldest${sinceOf(holder)}`;
  }
  return `${nameOf(holder)} ${holdsSince(holder)}`;
}

/** Names the process of a holder. */
function nameOf({ pid, host }) {
  if (host !== undefined) return `Process ${pid} on ${host}`;
  return pid === process.pid ? `This process (${pid})` : `Process ${pid}`;
}

function holdsSince(holder) {
  return holder?.since === undefined ? 'holds it' : `has held it${sinceOf(holder)}`;
}

/** Tells the time of a holder; an engine may not know it. */
function sinceOf({ since }) {
  return since === undefined ? '' : ` since ${since.toISOString()}`;
}

function deadlockError(call) {
  const keys = keysHeldAround(call);
  const message = `Deadlock: the callback you are in holds ${heldOf({ keys })}. ${OUTSIDE}`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message, { key: keys?.[0] });
}

/** Lists the keys of a call that callbacks around it hold; all of its keys if none is known. */
function keysHeldAround({ keys, holdersAround }) {
  if (keys === null) return null;
  const held = new Set(holdersAround.flatMap((holder) => holder.keys ?? []));
  const common = keys.filter((key) => held.has(key));
  return common.length > 0 ? common : keys;
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

const NO_BLOCKING_CALLS =
  'This store has no blocking calls. Use the awaited calls, whose names lack `Sync`';

/** Makes the error of a call that the engine does not have. */
function unsupportedError(message = NO_BLOCKING_CALLS) {
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
  describeHolder,
  faultError,
  insideTurnError,
  invalid,
  isOurs,
  isPersistLockError,
  messageOf,
  misuse,
  promiseError,
  readOnlyError,
  shown,
  timeoutError,
  unsupportedError,
};
