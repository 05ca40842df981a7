'use strict';

// Starts programs of other platforms.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root } = require('./tools');

/** Names a runtime by its version. */
function named(runtime) {
  return `Node ${runtime.split('@').at(-1)}`;
}

/**
 * Runs a program to its end, or to a time limit. Its output goes to a file, since under wine Node cannot
 * use the pipes of this system.
 */
async function run([command, ...before], args, { env, output, cwd = root, limit }) {
  const file = fs.openSync(output, 'w');
  const child = spawn(command, [...before, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', file, file],
    detached: true,
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // The group of the program, so that its own processes end too.
    process.kill(-child.pid, 'SIGKILL');
  }, limit);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status) => resolve(status ?? 1));
  });
  clearTimeout(timer);
  fs.closeSync(file);
  return { code, isLate, text: fs.readFileSync(output, 'utf8') };
}

/** Makes a new empty folder for the files of one run. */
function newFolder(...names) {
  const folder = path.join(root, 'target', 'platforms', 'runs', ...names);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

module.exports = { named, run, newFolder };
