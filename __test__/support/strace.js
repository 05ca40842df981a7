'use strict';

// Scripts under strace, which traces their system calls and can make some fail.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));
const skip = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0 && 'needs strace';

/**
 * Runs a script that has a `store`, under strace; returns its output and the traced calls. `signal` is the one that strace must
 * kill it with.
 */
function traced(folder, strace, options, script, signal = null) {
  const log = path.join(folder, 'strace.log');
  const program = `const PersistLock = require(${root});
    const fs = require('node:fs');
    const os = require('node:os');
    const folder = ${JSON.stringify(folder)};
    const store = new PersistLock(folder, ${JSON.stringify(options)});
    const show = (value) => console.log(JSON.stringify(value));
    const told = (promise) => promise.then(() => 'ok', (error) => error.code);
    (async () => { ${script} })();`;
  const ended = spawnSync('strace', ['-f', '-o', log, ...strace, process.execPath, '-e', program], {
    encoding: 'utf8',
  });
  const { stdout, stderr } = ended;
  assert.deepEqual({ stderr, signal: ended.signal }, { stderr: '', signal });
  if (!signal) assert.equal(ended.status, 0);
  const calls = fs.readFileSync(log, 'utf8').split('\n');
  return { stdout, calls: calls.map((line) => line.replace(/^\d+ +/, '')) };
}

module.exports = { skip, traced };
