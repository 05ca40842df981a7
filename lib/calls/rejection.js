'use strict';

// Rejects calls with errors that were made on a timer or in another call's turn, where no caller is
// on the stack: their stacks show the functions that await the call.
//
// V8 continues the stack of an asynchronous function with the functions that await its promise. So
// the stack is taken once the caller's promise depends on the promise of such a function. A stack
// for each call, taken when it is made, would cost several times as much as an edit.

const { PersistLockError, isOurs } = require('../errors');

/**
 * The number of steps of promises after which a caller's promise depends on the one it was resolved
 * with, also inside a callback: `guard` in `lib/calls/context.js` puts one more in between.
 */
const STEPS = 4;
/** The number of calls that get a stack of their own for one error: each takes some microseconds. */
const MOST_STACKS = 100;

/** The number of calls that were rejected with an error. @type {WeakMap<Error, number>} */
const uses = new WeakMap();

/** Makes the rejected promise of a call. */
function rejection(error) {
  if (!isOurs(error)) return Promise.reject(error);
  const count = uses.get(error) ?? 0;
  uses.set(error, count + 1);
  if (count === 0) return rejectWithStack(error);
  const isCopied = error instanceof PersistLockError && count < MOST_STACKS;
  return isCopied ? rejectWithStack(copyOf(error)) : Promise.reject(error);
}

async function rejectWithStack(error) {
  for (let step = 0; step < STEPS; step++) await undefined;
  try {
    Error.captureStackTrace?.(error, rejectWithStack);
  } catch {
    // The function is the program's own. The error keeps the stack that it has.
  }
  throw error;
}

function copyOf(error) {
  return new PersistLockError(error.code, error.message, error);
}

module.exports = { rejection };
