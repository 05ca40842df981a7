'use strict';

// Reads the names of the functions on the stack, with those that await the running function; and
// tells if much of the stack is left.
//
// The names are those of an `Error` from a realm of its own: the program's `Error` may be frozen, or
// have a `prepareStackTrace` or a `stackTraceLimit` that the program relies on. It is neither read
// nor changed.

const { runInNewContext } = require('node:vm');

/** The arguments of a call that takes 64 KB of the stack: several times as much as a turn does. */
const LONG = new Array(2 ** 13).fill(undefined);
const NOTHING = () => {};

let OwnError;
/** The lowest address at which enough of this thread's stack was left. */
let lowest = Infinity;

function makeError() {
  const Made = runInNewContext('Error');
  Made.stackTraceLimit = Infinity;
  Made.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFunctionName() ?? '');
  return Made;
}

/** Lists the names of the functions on the stack; none if the runtime does not tell. */
function functionNames() {
  try {
    OwnError ??= makeError();
    const names = new OwnError().stack;
    return Array.isArray(names) ? names : [];
  } catch {
    return [];
  }
}

/** Returns true if enough of the stack is left to run a turn. */
function hasRoomForTurn() {
  try {
    Reflect.apply(NOTHING, undefined, LONG);
    return true;
  } catch {
    return false;
  }
}

/**
 * Throws if too little of the stack is left to run a turn: half-way, its calls would not settle.
 *
 * @param {number} address an address in the top frame of the stack, which grows downwards. It spares
 *   most checks, each of which takes as long as a fifth of a turn
 */
function checkRoomForTurn(address) {
  if (address >= lowest) return;
  Reflect.apply(NOTHING, undefined, LONG);
  lowest = address;
}

module.exports = { checkRoomForTurn, functionNames, hasRoomForTurn };
