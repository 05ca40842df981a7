'use strict';

// How a command ends that does not end well: what is told, and with which exit code.

/** The command was understood, and what it was asked for is not there, is damaged or cannot be done. */
class Failure extends Error {
  exitCode = 1;
}

/** The command was not understood. */
class UsageError extends Error {
  exitCode = 2;
}

/** Whether an error is one of this program's surroundings, and not a fault in the program: those have no code. */
function isForeseen(error) {
  return error instanceof Failure || typeof error?.code === 'string';
}

module.exports = { Failure, UsageError, isForeseen };
