'use strict';

// A reporter for Node's test runner: writes one line of JSON for each test, `{ state, name, reason }`.
// Like the runner, it also counts a test that contains others.

const path = require('node:path');

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
};
