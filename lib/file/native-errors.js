'use strict';

// Errors of the native side as errors of this package. `src/error.rs` says what happened and to
// which file; this module adds what to do, and replaces the codes that only the two sides know.

const { constants } = require('node:os');
const { inspect } = require('node:util');
const { isNativeError } = require('node:util/types');
const {
  ADVICE_AFTER_FAULT,
  PersistLockError,
  REOPEN_WITHOUT_READ_ONLY,
  describeHolder,
} = require('../errors');
const { pasteable } = require('../pasteable');

/** The code of a store that cannot open its files, since too many others are in use. */
const CROWDED = 'ERR_PERSIST_LOCK_CROWDED';
/** The property by which the native side marks its errors: `src/node/error.rs`. */
const MARK = 'isPersistLockNative';

/**
 * The system's names of its error numbers. Where a number has several names, the first is the usual
 * one.
 */
const NAMES = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** The advice for a process without descriptors. Stores that are not in use have none. */
const MORE_DESCRIPTORS =
  'Make fewer calls at once, end listings and callbacks that are under way, close files and connections, or raise the limit (ulimit -n)';

/** The advice by the code of the native side: a text, or a function of the error. */
const ADVICE = {
  [CROWDED]: MORE_DESCRIPTORS,
  ERR_PERSIST_LOCK_CLOSED: 'Make a new PersistLock to use it again',
  ERR_PERSIST_LOCK_COMPACTED:
    'Watch with `initial: true`, which begins with the items that are there',
  ERR_PERSIST_LOCK_CORRUPT: (error) => `The file is left unchanged. ${repair(error)}`,
  ERR_PERSIST_LOCK_FOREIGN: 'It is left unchanged. Move it away and try again',
  ERR_PERSIST_LOCK_INTERNAL: ADVICE_AFTER_FAULT,
  ERR_PERSIST_LOCK_IO: (error) => {
    const isOfDescriptors = ['EMFILE', 'ENFILE'].includes(systemName(error));
    return isOfDescriptors ? MORE_DESCRIPTORS : undefined;
  },
  ERR_PERSIST_LOCK_NO_STORE: 'Check the path. Only an instance without `readOnly` makes a store',
  ERR_PERSIST_LOCK_NO_THREAD:
    'End some processes or threads, or raise their limit (ulimit -u, or that of the container), and try again',
  ERR_PERSIST_LOCK_OVERWRITTEN: (error) =>
    `If a copy of it is under way, wait for its end and try again. ${repair(error)}`,
  ERR_PERSIST_LOCK_READ_ONLY: REOPEN_WITHOUT_READ_ONLY,
  ERR_PERSIST_LOCK_SYNC_FAILED:
    'The change may be on disk or not: read the item before you try again',
  ERR_PERSIST_LOCK_TIMEOUT: ({ holder }) => describeHolder(holderOf(holder)),
  ERR_PERSIST_LOCK_UNKNOWN_VERSION: 'Install a newer version of persist-lock',
};

/** The codes that users see in place of those of the native side, if they are others. */
const CODES = {
  [CROWDED]: () => 'EMFILE',
  ERR_PERSIST_LOCK_FOREIGN: () => 'ERR_PERSIST_LOCK_INVALID_DIR',
  ERR_PERSIST_LOCK_IO: systemCode,
  ERR_PERSIST_LOCK_NO_STORE: () => 'ENOENT',
  ERR_PERSIST_LOCK_NO_THREAD: systemCode,
  ERR_PERSIST_LOCK_OVERWRITTEN: () => 'ERR_PERSIST_LOCK_CORRUPT',
};

function repair({ path, repairable }) {
  if (repairable === path) {
    return 'To keep everything in it that is intact, copy it to .persist-lock/data.1.jsonl in a new folder, and there run: npx persist-lock repair';
  }
  return `To keep everything in it that is intact, run: npx persist-lock repair --dir ${pasteable(repairable)}`;
}

function systemCode(error) {
  return systemName(error) ?? error.code;
}

/** Gives the system's name for its refusal, if it has one. Windows has other numbers. */
function systemName({ errno, kind }) {
  if (process.platform === 'win32') return kind ?? undefined;
  return NAMES.get(errno) ?? kind ?? undefined;
}

/**
 * Tells an error of the native side from one that a user's callback throws, which may be anything.
 */
function isNative(error) {
  return isNativeError(error) && Object.hasOwn(error, MARK);
}

/** Gives the code of an error of the native side; `undefined` for any other. */
function nativeCode(error) {
  return isNative(error) ? error.code : undefined;
}

/**
 * Turns an error of the native side into one of this package; returns any other as it is.
 *
 * @param {unknown} error
 * @param {string} [key] the key of the item that the failed call is about
 */
function fromNative(error, key) {
  if (!isNative(error)) return error;
  try {
    return translated(error, key);
  } catch {
    // An error of a callback can bear the mark, with anything for a message. Its call must settle.
    return error;
  }
}

function translated(error, key) {
  const { message, path, timeout } = error;
  const fact = key === undefined ? capitalized(message) : `Item ${inspect(key)}: ${message}`;
  const known = ADVICE[error.code];
  const advice = typeof known === 'function' ? known(error) : known;
  const text = advice === undefined ? fact : `${fact}. ${advice}`;
  const code = CODES[error.code]?.(error) ?? error.code;
  const details = { key, path, timeout, holder: holderOf(error.holder) };
  return new PersistLockError(code, text, { ...details, cause: causeOf(error, code) });
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Makes a holder from the native side's, if it knows one. */
function holderOf(holder) {
  if (!holder) return undefined;
  const { pid, since, host } = holder;
  const known = { pid, since: new Date(since) };
  return typeof host === 'string' ? { ...known, host } : known;
}

/**
 * Makes the cause of an error: the refusal of the system, if there was one that the error's own
 * code does not name.
 */
function causeOf(error, code) {
  const { errno } = error;
  if (typeof errno !== 'number') return undefined;
  const name = systemName(error);
  if (name === code) return undefined;
  const number = `error ${errno} of the system`;
  const text = name === undefined ? number : `${name}, ${number}`;
  return Object.assign(new Error(text), { code: name, errno });
}

module.exports = { CROWDED, fromNative, holderOf, nativeCode };
