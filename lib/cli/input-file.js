'use strict';

// The files that commands read, and standard input.

const fs = require('node:fs');
const { Failure } = require('./failures');
const { tell } = require('./output');

/** Looks at a file or folder that must exist. */
function statsOf(name, kind = 'file') {
  const stats = fs.statSync(name, { throwIfNoEntry: false });
  if (stats === undefined) throw new Failure(`There is no ${kind} ${name}`);
  return stats;
}

/** Gives standard input. A terminal is silent, so its user is told that the command reads it. */
function standardInput() {
  const ending = process.platform === 'win32' ? 'Control-Z and Enter end' : 'Control-D ends';
  if (process.stdin.isTTY) tell(`Reading from the terminal. ${ending} the input`);
  return process.stdin;
}

module.exports = { standardInput, statsOf };
