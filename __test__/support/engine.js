'use strict';

// The engine that the contract tests run against: `PERSIST_LOCK_BACKEND` names it, `file` by
// default, or `postgres`. A contract test, and a program that it starts, opens stores by this module alone, and
// knows nothing of files or locks.
//
// Each of `engines/` supplies
//   hasBlockingCalls                true if its stores have the calls `…Sync`
//   countsCommits                   true if the number of each commit is one more than that of the last
//   tellsEachCommit                 true if a watcher that reads late is told of each commit
//   slowness                        how many times as long a call takes as over files: long tests do less
//   newPlace(t)                     a new place for a store, gone after the test; a string, which a program can be given
//   open(place, options)            an instance of the store at a place
//   temporaryStore(t, options)      an instance at a new place, closed after the test
//   leaveNothing(place, ...stores)  closes instances of a place and checks that they leave no locks
//   stopClock(t)                    stops the clock by which items expire: `{ now, moveTo(time) }`

const { REMOVE } = require('../../lib/calls/operations');
const { runScript } = require('./processes');

const ENGINES = { file: './engines/file', postgres: './engines/postgres' };
const name = process.env.PERSIST_LOCK_BACKEND || 'file';
if (!Object.hasOwn(ENGINES, name)) {
  const known = Object.keys(ENGINES).join(', ');
  throw new Error(`PERSIST_LOCK_BACKEND names no engine: ${name}. Known engines: ${known}`);
}

/**
 * Runs code that has `open` and `place` in a separate process; resolves with its output, code and
 * signal.
 */
function runCode(place, code) {
  const beginning = `const { open } = require(${JSON.stringify(__filename)});
    const place = ${JSON.stringify(place)};`;
  return runScript(['-e', `${beginning} ${code}`]);
}

module.exports = { REMOVE, runCode, ...require(ENGINES[name]) };
