'use strict';

// The functions on the stack, those among them too that await what runs now. Knows nothing of what they are looked at for.
//
// They are seen by the `Error` of a realm made for that: the program's own may be frozen, or have a `prepareStackTrace` or a
// `stackTraceLimit` that somebody relies on. It is neither asked nor changed.

const { runInNewContext } = require('node:vm');

let OwnError;

function makeError() {
  const Made = runInNewContext('Error');
  Made.stackTraceLimit = Infinity;
  Made.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFunctionName() ?? '');
  return Made;
}

/** Lists the names of the functions on the stack; of none where the runtime does not tell. */
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
