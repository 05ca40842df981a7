'use strict';

// Reads the names of the functions on the stack, with those that await the running function.
//
// The stack is that of an `Error` from a realm of its own: the program's `Error` may be frozen, or
// have a `prepareStackTrace` or a `stackTraceLimit` that the program relies on. It is neither read
// nor changed.

const { runInNewContext } = require('node:vm');

let OwnError;

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

module.exports = { functionNames };
