'use strict';

// Replaced timers: those of a test tool, whose clock is stopped, or of a browser's kind. A store goes on.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

const program = path.join(__dirname, '..', 'support', 'programs', 'faked.js');
const kinds = [
  'sinon',
  'a global like Jest’s',
  'node:test',
  'timers that are numbers',
  'no timers',
];

for (const kind of kinds) {
  test(`a store under other timers: ${kind}`, async (t) => {
    const { stdout, stderr, code } = await runScript([
      '--no-warnings',
      program,
      temporaryFolder(t),
      kind,
    ]);
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
    const used = { code: 'ERR_PERSIST_LOCK_TIMEOUT', counted: 2200, keys: 1008 };
    // A program whose store is stuck ends here without output.
    assert.notEqual(stdout, '', 'the store stood still');
    assert.deepEqual(JSON.parse(stdout), { disk: used, os: used, dropIn: 100 });
  });
}
