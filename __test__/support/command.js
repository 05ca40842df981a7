'use strict';

// Runs the command line as users do: the executable, in a separate process.

const { spawn } = require('node:child_process');
const path = require('node:path');
const PersistLock = require('../..');
const { collected } = require('./processes');

const executable = path.resolve(__dirname, '..', '..', 'bin', 'persist-lock.js');

/** Runs a command that reads `input`; resolves with its output, code and signal. */
async function command(args, { input, ...options } = {}) {
  const child = startCommand(args, options);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return child.ended;
}

/** Starts a command; `ended` resolves as `command` does. */
function startCommand(args, { stdio = 'pipe', ...options } = {}) {
  const child = spawn(process.execPath, [executable, ...args], { stdio, ...options });
  return collected(child);
}

/** Runs a command that must succeed and print no error; resolves with its output. */
async function succeed(args, options) {
  const { stdout, stderr, code } = await command(args, options);
  if (code !== 0 || stderr !== '')
    throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Runs a command that must fail; resolves with its message. */
async function refuse(args) {
  const { stderr, code } = await command(args);
  if (code === 0) throw new Error(`${args.join(' ')} did not fail`);
  return stderr;
}

/** Lists the commands that the help names. */
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

module.exports = { command, commandNames, executable, refuse, startCommand, succeed, withStore };
