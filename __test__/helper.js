'use strict';

// What the tests share: folders of their own, programs in processes of their own, and random numbers that can be repeated.

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const PersistLock = require('..');

/** A new folder that is gone after the test. */
function temporaryFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a folder of its own, closed after the test. */
function temporaryStore(t, options) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, options);
  t.after(() => store.close());
  return store;
}

function dataFile(folder) {
  return path.join(folder, '.persist-lock', 'data.1.jsonl');
}

/** The numbers of the commits in a store's file. */
function commits(folder) {
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('{"commit":'))
    .map((line) => JSON.parse(line).commit);
}

/** Starts one of `programs/` in a process of its own, with a channel for messages. */
function start(program, ...args) {
  const child = fork(path.join(__dirname, 'programs', program), args.map(String), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return child;
}

/** Runs a script to its end; resolves with what it printed and how it ended. */
async function runScript(args, options = {}) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  const [code, signal] = await once(child, 'close');
  return { ...output, code, signal };
}

/** Random numbers from a seed, which is printed so that a failure can be repeated. */
function seeded(t) {
  const seed = Number(process.env.PERSIST_LOCK_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`PERSIST_LOCK_SEED=${seed}`);
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] };
}

module.exports = {
  PersistLock,
  commits,
  dataFile,
  runScript,
  seeded,
  start,
  temporaryFolder,
  temporaryStore,
};
