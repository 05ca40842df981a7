'use strict';

// Runs commands in a terminal, as the `script` of util-linux makes one.

const { execFileSync, spawn } = require('node:child_process');
const { executable } = require('./command');
const { collected } = require('./processes');
const { noTerminal } = require('./runtime');

function hasScript() {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

/** The options of a test that needs a terminal. */
const inTerminal = { skip: noTerminal || (!hasScript() && 'needs script(1), to make a terminal') };

/**
 * Starts a command in a terminal. `ended` resolves with the text that the terminal showed, as
 * `stdout`, without carriage returns. `shows` resolves once it shows a text; `type` types one.
 */
function startInTerminal(args, { redirections = '', ...options } = {}) {
  const words = [process.execPath, executable, ...args];
  // Without `exec`, some shells stay between the terminal and the command, and end by signals of it.
  const line = `exec ${words.map((word) => `'${word}'`).join(' ')}${redirections}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...options,
  });
  collected(child);
  let shown = '';
  child.stdin.on('error', () => {});
  child.stdout.on('data', (text) => (shown += text));
  child.type = (text) => child.stdin.write(text);
  child.shows = (text) =>
    new Promise((resolve) => {
      const look = () => {
        const at = shown.indexOf(text);
        if (at < 0) return;
        shown = shown.slice(at + text.length);
        child.stdout.off('data', look);
        resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  child.ended = child.ended.then(({ stdout, ...how }) => ({
    ...how,
    stdout: stdout.replaceAll('\r\n', '\n'),
  }));
  return child;
}

module.exports = { inTerminal, startInTerminal };
