'use strict';

// The command lines of processes that have locks, as far as the system tells them.

const { execFile } = require('node:child_process');
const fs = require('node:fs/promises');
const timers = require('../timers');

/** The time after which a process is looked up again, since its number may be another's, in milliseconds. */
const LIFETIME = 5000;
const LONGEST = 300;

class Processes {
  /** The command lines by process: promises, each with the time at which it was made. */
  #known = new Map();

  /** Resolves with the command line of a process of this machine; `undefined` if it is not known. */
  commandOf(pid) {
    const known = this.#known.get(pid);
    if (known !== undefined && timers.now() - known.at < LIFETIME) return known.command;
    const command = lookUp(pid).catch(() => undefined);
    this.#known.set(pid, { at: timers.now(), command });
    this.#forget();
    return command;
  }

  #forget() {
    for (const [pid, { at }] of this.#known) {
      if (timers.now() - at > LIFETIME) this.#known.delete(pid);
    }
  }
}

async function lookUp(pid) {
  if (process.platform === 'win32') return undefined;
  const words = process.platform === 'linux' ? await wordsOf(pid) : [await lineOf(pid)];
  return words.join(' ').trim().slice(0, LONGEST) || undefined;
}

async function wordsOf(pid) {
  return (await fs.readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
}

function lineOf(pid) {
  return new Promise((resolve, reject) => {
    execFile('ps', ['-o', 'command=', '-p', String(pid)], (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

module.exports = { Processes };
