'use strict';

// Scripts that run under strace, which watches their calls of the system and can make some fail.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = JSON.stringify(path.resolve(__dirname, '..'));
const skip = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0 && 'needs strace';

/** Runs a script that has a `store`, under strace; returns what it printed and the calls that were traced. */
function traced(folder, strace, options, script) {
  const log = path.join(folder, 'strace.log');
  const program = `const PersistLock = require(${root});
    const fs = require('node:fs');
    const os = require('node:os');
    const folder = ${JSON.stringify(folder)};
    const store = new PersistLock(folder, ${JSON.stringify(options)});
    const told = (promise) => promise.then(() => 'ok', (error) => error.code);
    (async () => { ${script} })();`;
  const { stdout, stderr, status } = spawnSync(
    'strace',
    ['-f', '-o', log, ...strace, process.execPath, '-e', program],
    { encoding: 'utf8' },
  );
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
  const calls = fs.readFileSync(log, 'utf8').split('\n');
  return { stdout, calls: calls.map((line) => line.replace(/^\d+ +/, '')) };
}

module.exports = { skip, traced };
