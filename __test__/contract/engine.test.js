'use strict';

// The choice of the engine that these tests run against.

const assert = require('node:assert/strict');
const test = require('node:test');
const { runScript } = require('../support/processes');

test('an unknown engine is an error that lists the known ones', async () => {
  const env = { ...process.env, PERSIST_LOCK_BACKEND: 'paper' };
  const { stderr, code } = await runScript([require.resolve('../support/engine')], { env });
  assert.notEqual(code, 0);
  assert.match(stderr, /PERSIST_LOCK_BACKEND names no engine: paper\. Known engines: file/);
});
