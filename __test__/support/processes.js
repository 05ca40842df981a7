'use strict';

// Programs in separate processes.

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

/** Starts one of `programs/`, with a channel for messages; `ended` resolves with how it ended. */
function start(program, ...args) {
  const child = fork(path.join(__dirname, 'programs', program), args.map(String), {
    // The runner waits for the end of a test file's output, which a program left behind would keep open.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return child;
}

/** Gathers a process's output: `ended` resolves with it, as text, and with how the process ended. */
function collected(child) {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  child.ended = once(child, 'close').then(([code, signal]) => ({ ...output, code, signal }));
  return child;
}

/** Runs Node with arguments; resolves with its output, code and signal. */
async function runScript(args, options = {}) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  return collected(child).ended;
}

module.exports = { collected, runScript, start };
