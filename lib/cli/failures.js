'use strict';

// Commands that fail: the errors that are told to the user, and their exit codes.

/** A command that was understood and failed: something is missing or damaged, or cannot be done. */
class Failure extends Error {
  exitCode = 1;
}

/** A command that was not understood. */
class UsageError extends Error {
  exitCode = 2;
  /** The command whose help is named; '' for that of the program. */
  about;
}

/** True if an error comes from the program's surroundings. A fault in the program has no code. */
function isForeseen(error) {
  return error instanceof Failure || typeof error?.code === 'string';
}

module.exports = { Failure, UsageError, isForeseen };
