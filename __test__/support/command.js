'use strict';

// Runs the command line as its users do: the real executable, in a process of its own.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const PersistLock = require('../..');

const executable = path.resolve(__dirname, '..', '..', 'bin', 'persist-lock.js');

/** Runs a command; resolves with what it printed, as text, and how it ended. `input` is what it reads. */
async function command(args, { input, ...options } = {}) {
  const child = startCommand(args, options);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return child.ended;
}

/** Starts a command; `ended` is as what `command` resolves with. */
function startCommand(args, { stdio = 'pipe', ...options } = {}) {
  const child = spawn(process.execPath, [executable, ...args], { stdio, ...options });
  return collected(child);
}

/** A process whose output is gathered: `ended` resolves with it. */
function collected(child) {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  child.ended = once(child, 'close').then(([code, signal]) => ({ ...output, code, signal }));
  return child;
}

/** Runs a command that is to end well and quietly; resolves with its output. */
async function succeed(args, options) {
  const { stdout, stderr, code } = await command(args, options);
  if (code !== 0 || stderr !== '')
    throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** The commands that the help names. */
async function commandNames() {
  const [, list] = (await succeed(['--help'])).match(/^Commands:\n(.*?)\n\n/ms);
  return list.split('\n').map((line) => line.trim().split(' ')[0]);
}

/** Uses a folder's store as a program does, and closes it. */
async function withStore(folder, use, options) {
  const store = new PersistLock(folder, options);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

module.exports = { collected, command, commandNames, executable, startCommand, succeed, withStore };
