'use strict';

// Folders and processes that are gone after this process, also if it is killed.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const { newFolder } = require('../folders');
const { end } = require('./janitor');

let janitor;
let last = 0;

function order(line) {
  if (janitor === undefined) {
    const stdio = ['pipe', 'ignore', 'ignore'];
    janitor = spawn(process.execPath, [path.join(__dirname, 'janitor.js')], {
      detached: true,
      stdio,
    });
    janitor.unref();
    janitor.stdin.unref?.();
  }
  janitor.stdin.write(`${JSON.stringify(line)}\n`);
}

/** Makes a folder; `remove` removes it before this process ends. */
function lastingFolder() {
  const folder = fs.realpathSync(newFolder());
  const id = last++;
  order({ id, folder });
  return {
    folder,
    remove() {
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      order({ id });
    },
  };
}

/**
 * Ends a process when this one ends.
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithThis(child, folder) {
  const id = last++;
  const { pid } = child;
  order({ id, pid });
  // It does not keep this process alive.
  child.unref();
  child.once('exit', () => order({ id }));
  return { end: () => end({ pid, folder }) };
}

module.exports = { endWithThis, lastingFolder };
