'use strict';

// The examples that the README does not show run too.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { runScript, temporaryFolder } = require('./helper');

const root = path.resolve(__dirname, '..');

/** Runs an example in a project of its own, that has persist-lock installed. */
function runExample(t, name) {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'), 'junction');
  fs.copyFileSync(path.join(root, 'examples', name), path.join(folder, name));
  return runScript([name], { cwd: folder });
}

test('of ten processes that need a token, one fetches it, and nine get that one', async (t) => {
  const { stdout, stderr, code } = await runExample(t, 'token-refresh.js');
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  assert.match(stdout, /^process \d+ fetches the token\n10 processes have 1 token\n$/);
});
