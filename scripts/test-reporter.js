'use strict';

// A reporter for Node's test runner: writes one line of JSON for each test, `{ state, name, reason }`.
// Like the runner, it also counts a test that contains others.

const path = require('node:path');

/** The time that the runner may take to end after the last result, in milliseconds. */
const LONGEST_END = 5_000;

const STATES = { 'test:pass': 'passed', 'test:fail': 'failed' };

module.exports = async function* report(events) {
  for await (const { type, data } of events) {
    const state = STATES[type];
    if (!state || data.details.type === 'suite') continue;
    const { skip, file } = data;
    const isSkipped = skip !== undefined && skip !== false;
    const name = file ? `${path.relative('__test__', file)}: ${data.name}` : data.name;
    const reason = typeof skip === 'string' ? skip : undefined;
    yield `${JSON.stringify({ state: isSkipped ? 'skipped' : state, name, reason })}\n`;
  }
  // A process that a test file has left behind may keep the pipe of its output open, and so the runner.
  setTimeout(() => process.exit(), LONGEST_END).unref();
};
