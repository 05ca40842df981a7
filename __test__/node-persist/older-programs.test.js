'use strict';

// A program of each earlier version of node-persist prints the same with its own package and with the drop-in: at its first run, at its
// second, and at a second one with the drop-in that follows a first one with its own package.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { filesOf } = require('../support/node-persist-folder');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { notNode: skip } = require('../support/runtime');

const root = path.resolve(__dirname, '..', '..');
const PACKAGES = { v2: 'node-persist-2', v1: 'node-persist-1', v0: 'node-persist-0' };

for (const [version, name] of Object.entries(PACKAGES)) {
  const program = path.join(root, '__test__', 'support', 'programs', 'older', `${version}.js`);
  const theirs = path.join(root, 'node_modules', name);
  const ours = path.join(root, 'node-persist', `${version}.js`);

  test(`a program of ${name} prints the same with ${version}`, { skip }, async (t) => {
    const run = async (module, cwd) => {
      const script = ['--no-deprecation', program, module];
      const { code, stdout, stderr } = await runScript(script, { cwd });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      return stdout;
    };
    const [own, other, changed] = [1, 2, 3].map(() => temporaryFolder(t));
    const first = await run(theirs, own);
    assert.notEqual(first, '');
    fs.cpSync(own, changed, { recursive: true });
    assert.equal(await run(ours, other), first);

    const [dir] = fs.readdirSync(changed);
    const left = filesOf(path.join(changed, dir));
    const second = await run(theirs, own);
    assert.notEqual(second, first);
    assert.equal(await run(ours, other), second);
    assert.equal(await run(ours, changed), second);
    assert.deepEqual(filesOf(path.join(changed, dir)), left);
  });
}
