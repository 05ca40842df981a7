'use strict';

// What the tests share: folders of their own, programs in processes of their own, and random numbers that can be repeated.

const assert = require('node:assert/strict');
const { execFileSync, fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const PersistLock = require('../..');
const { random } = require('./random');

function newFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
}

function removeFolder(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** A new folder that is gone after the test. */
function temporaryFolder(t) {
  const folder = newFolder();
  t.after(() => removeFolder(folder));
  return folder;
}

/** A store in a folder of its own, closed after the test. */
function temporaryStore(t, options) {
  const folder = newFolder();
  const store = new PersistLock(folder, options);
  t.after(async () => {
    // It may be compacting.
    await store.close();
    removeFolder(folder);
  });
  return store;
}

/** Lets a test set the time; not every runtime sets it right again by itself. */
function mockTimers(t, options) {
  t.mock.timers.enable(options);
  t.after(() => t.mock.timers.reset());
}

/** A small file system of its own; skips the test where none may be mounted. */
function mounted(t, options) {
  const folder = newFolder();
  try {
    const mount = ['-t', 'tmpfs', '-o', options, 'persist-lock', folder];
    execFileSync('mount', mount, { stdio: 'ignore' });
  } catch {
    fs.rmdirSync(folder);
    t.skip('file systems cannot be mounted here');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmdirSync(folder);
  });
  return folder;
}

function dataFile(folder) {
  return path.join(folder, '.persist-lock', 'data.1.jsonl');
}

/** The names of the files in a store's folder. */
function storeFiles(folder) {
  return fs.readdirSync(path.join(folder, '.persist-lock')).sort();
}

/** The names of a store's data files, and of those that are to become data files. */
function dataFiles(folder) {
  return storeFiles(folder).filter((name) => /^data\.|^new-/.test(name));
}

/** The data file that holds: the one with the highest number. */
function newestFile(folder) {
  const numbers = dataFiles(folder).flatMap((name) => /^data\.(\d+)\./.exec(name)?.[1] ?? []);
  return path.join(folder, '.persist-lock', `data.${Math.max(...numbers)}.jsonl`);
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

/**
 * A process that does what it is told: `await actor.call('set', 'a', 1)`. `hold` begins an edit or view whose callback ends
 * when `finish` is called; it resolves when the callback has begun, unless it has to wait.
 */
function startActor(t, folder, options = {}) {
  const child = start('actor.js', folder, JSON.stringify(options));
  t.after(() => child.kill('SIGKILL'));
  const calls = new Map();
  let ids = 0;
  child.on('message', ({ id, result, error, ...begun }) => {
    const { resolve, reject, begin } = calls.get(id);
    if (begun.begins) begin(begun.current);
    else if (error) reject(Object.assign(new Error(error.message), error));
    else resolve(result);
  });
  const send = (begin, ...command) => {
    const id = ++ids;
    const promise = new Promise((resolve, reject) => calls.set(id, { resolve, reject, begin }));
    promise.catch(() => {});
    child.send([id, ...command]);
    return { id, promise };
  };
  const hold = (...command) => {
    const holding = {};
    holding.begun = new Promise((resolve) => {
      Object.assign(holding, send(resolve, ...command));
    });
    holding.finish = (result) => {
      send(undefined, 'end', holding.id, result);
      return holding.promise;
    };
    return holding;
  };
  return Object.assign(child, { call: (...command) => send(undefined, ...command).promise, hold });
}

/** The files of leases and of those who wait for them. */
function leaseFiles(folder) {
  const leases = path.join(folder, '.persist-lock', 'leases');
  return fs.existsSync(leases) ? fs.readdirSync(leases) : [];
}

/** Closes stores and sees that nothing of their locks is left. */
async function leaveNothing(folder, ...stores) {
  for (const store of stores) await store.close();
  assert.deepEqual(leaseFiles(folder), []);
}

/** A callback that ends when it is told with what. */
function held() {
  const callback = (current) => {
    callback.current = current;
    callback.hasBegun = true;
    return new Promise((resolve, reject) =>
      Object.assign(callback, { finish: resolve, fail: reject }),
    );
  };
  callback.begun = () => until(() => callback.hasBegun);
  return callback;
}

/** Lets the event loop turn until something holds. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
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
  return random(seed);
}

module.exports = {
  PersistLock,
  commits,
  dataFile,
  dataFiles,
  held,
  leaseFiles,
  leaveNothing,
  mockTimers,
  mounted,
  newestFile,
  runScript,
  seeded,
  start,
  startActor,
  storeFiles,
  temporaryFolder,
  temporaryStore,
  until,
};
