'use strict';

// The user's editor: runs it on a file, and waits for its end.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { Failure } = require('./failures');

const STDERR = 2;

const onWindows = process.platform === 'win32';

/** Gives the command line of the editor: it may have options, as `code --wait`. */
function editorCommand() {
  const { VISUAL, EDITOR } = process.env;
  return VISUAL || EDITOR || (onWindows ? 'notepad' : 'vi');
}

function startEditor(editor, file) {
  // Standard output is for JSON: unless it is a terminal, the editor gets standard error instead.
  const stdio = ['inherit', process.stdout.isTTY ? 'inherit' : STDERR, 'inherit'];
  if (onWindows) return spawn(`${editor} "${file}"`, { shell: true, stdio });
  // The editor replaces the shell, which would end after a Control-C that the editor survives, and
  // would not pass on a signal. `env` takes an editor with variables before it.
  return spawn('/bin/sh', ['-c', `exec env ${editor} "$1"`, 'sh', file], { stdio });
}

/**
 * Runs the editor on a file. Rejects if it fails.
 *
 * The terminal sends Control-C to this process too. The editor alone decides what that means: if
 * this process ended, it would release the item's lock while the editor goes on.
 */
async function runEditor(file) {
  const editor = editorCommand();
  const child = startEditor(editor, file);
  const ignore = () => {};
  const end = (signal) => child.kill(signal);
  process.on('SIGINT', ignore).on('SIGTERM', end).on('SIGHUP', end);
  let code, signal;
  try {
    [code, signal] = await once(child, 'exit');
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', end).off('SIGHUP', end);
  }
  if (code === 0) return;
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const advice = code === 127 ? '. Name another one in VISUAL or EDITOR' : '';
  throw new Failure(`The editor ${JSON.stringify(editor)} ${how}${advice}`);
}

module.exports = { runEditor };
