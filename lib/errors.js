'use strict';

// The errors that users see, made in this one place. What the system refused keeps the system's own code.

const { constants } = require('node:os');
const { inspect } = require('node:util');
const { isNativeError } = require('node:util/types');

/** The system's names of its refusals by their numbers. Where a number has several, the first is the usual one. */
const NAMES = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);

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
// On the prototype, as the names of the built-in errors are, so that it is no property of each error.
Object.defineProperty(PersistLockError.prototype, 'name', {
  value: 'PersistLockError',
  configurable: true,
  writable: true,
});

/** The property that the native side marks its errors with: `src/node/error.rs`. */
const MARK = 'isPersistLockNative';

/** Tells an error of the native side from what a user's callback throws, which may be anything. */
function isNative(error) {
  return isNativeError(error) && Object.hasOwn(error, MARK);
}

/** Gives the code of an error of the native side; `undefined` for any other. */
function nativeCode(error) {
  return isNative(error) ? error.code : undefined;
}

/** Copies an error of the native side as the cause of another: without the mark, and with the prototype that errors have here. */
function causeOf(error) {
  const cause = Object.assign(new Error(error.message), error);
  delete cause[MARK];
  return cause;
}

/** Gives the message of what a user's function has thrown, which may be no error. */
function messageOf(thrown) {
  try {
    if (typeof thrown.message === 'string') return thrown.message;
  } catch {
    // Nothing, or an object that nobody can read.
  }
  return inspect(thrown);
}

/** Says why a signal was aborted; not every class of signals has a reason. */
function abortReason(signal) {
  if ('reason' in signal) return signal.reason;
  return new DOMException('This operation was aborted', 'AbortError');
}

/** The system's name for its refusal; Windows has other numbers. */
function systemCode({ code, errno, kind }) {
  if (process.platform === 'win32') return kind ?? code;
  return NAMES.get(errno) ?? kind ?? code;
}

/** Turns an error of the native side into one of ours; leaves any other as it is. */
function fromNative(error, key) {
  if (!isNative(error)) return error;
  const code = error.code === 'ERR_PERSIST_LOCK_IO' ? systemCode(error) : error.code;
  const about = key === undefined ? '' : `Item ${inspect(key)}: `;
  const { path } = error;
  return new PersistLockError(code, about + error.message, { key, path, cause: causeOf(error) });
}

/** How many keys a message names. */
const MOST_NAMED = 5;

/** The keys of a call, for messages. */
function named({ keys }) {
  if (keys === null) return 'all items';
  const names = keys.slice(0, MOST_NAMED).map((key) => inspect(key));
  return keys.length > MOST_NAMED ? `${names.join(', ')} and others` : names.join(', ');
}

/** What to do about a call that needs what the callback around it holds. */
const ADVICE =
  'Use the value that the callback is given, editItems for several keys, or make the call when the callback has ended';

/** @param {{ pid: number, since: number } | undefined} holder */
function timeoutError(write, holder) {
  const message = `Waited ${write.timeout} ms for the lock of ${named(write)}. ${describe(holder, write)}`;
  return new PersistLockError('ERR_PERSIST_LOCK_TIMEOUT', message, { key: write.keys?.[0] });
}

/** Describes who holds a lock, as far as that is known. */
function describe(holder, write) {
  if (write.holdersAround.length > 0) {
    const since = holder === undefined ? '' : ` since ${dateOf(holder)}`;
    return `Process ${process.pid} has had it${since}: this very process, in the callback that this call was made in. ${ADVICE}`;
  }
  if (holder === undefined) return 'Nobody says who has it';
  const isOwn = holder.pid === process.pid ? ': it is held by this process' : '';
  return `Process ${holder.pid} has had it since ${dateOf(holder)}${isOwn}`;
}

function dateOf({ since }) {
  return new Date(since).toISOString();
}

function deadlockError(write) {
  const message = `Deadlock: the callback that this call is made in holds the lock of ${named(write)}. ${ADVICE}`;
  return new PersistLockError('ERR_PERSIST_LOCK_DEADLOCK', message, { key: write.keys?.[0] });
}

function readOnlyError(dir) {
  const message = `${dir} was opened with readOnly. What changes or locks an item needs a PersistLock without that option`;
  return new PersistLockError('ERR_PERSIST_LOCK_READ_ONLY', message, { path: dir });
}

/** A misuse of the interface: a TypeError or RangeError that has a code too. */
function misuse(Kind, code, message, details = {}) {
  const { cause, ...rest } = details;
  const error = new Kind(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code: `ERR_PERSIST_LOCK_${code}` }, rest);
}

/** Makes the error of a call that ends by a fault of this library. */
function faultError(fault) {
  const message = `A fault in persist-lock has ended this call: ${fault}. Read the items before you try again, and report it`;
  return new PersistLockError('ERR_PERSIST_LOCK_INTERNAL', message);
}

module.exports = {
  PersistLockError,
  abortReason,
  deadlockError,
  faultError,
  fromNative,
  messageOf,
  misuse,
  nativeCode,
  readOnlyError,
  timeoutError,
};
