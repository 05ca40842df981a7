'use strict';

// Processes that write and compact are killed at random moments, again and again, on one store: acknowledged writes stay, and
// nothing else appears.
//
// PERSIST_LOCK_SEED repeats the choices, though not the moments.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Progress, verifyStore } = require('../../lib/file/addon');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');
const { dataFiles, currentFile } = require('../support/store-files');
const { skip, traced } = require('../support/strace');

const ROUNDS = 4 * TIMES;
const PROCESSES = 4;
/** The number of operations within which a process is killed. */
const MOMENTS = 80;

/** Reads the notes of a process: its writes in order, of which some are marked as acknowledged. */
function readNotes(file) {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  // A kill may have torn the last one.
  const lines = text.split('\n').slice(0, -1);
  const notes = lines.map((line) => JSON.parse(line));
  const acknowledged = new Set(notes.map((note) => note.acknowledged));
  return notes
    .filter(({ began }) => began !== undefined)
    .map(({ began, values }) => ({ values, acknowledged: acknowledged.has(began) }));
}

/** Checks items against earlier items and the writes noted since. */
function checkItems(items, before, writes) {
  // The possible values of each key: the last acknowledged one, and those that killed processes had begun to write.
  const possible = new Map([...before].map(([key, value]) => [key, [value]]));
  for (const { values, acknowledged } of writes) {
    for (const [key, value] of Object.entries(values)) {
      const others = acknowledged ? [] : (possible.get(key) ?? [undefined]);
      possible.set(key, [...others, value ?? undefined]);
    }
  }
  const counts = writes.filter(({ values }) => Object.keys(values).length === 0);
  const least = counts.filter(({ acknowledged }) => acknowledged).length;
  const counted = (items.get('counter') ?? 0) - (before.get('counter') ?? 0);
  assert.ok(counted >= least && counted <= counts.length, `${counted} of ${least} acknowledged`);
  possible.delete('counter');

  for (const [key, values] of possible) {
    const found = items.get(key);
    assert.ok(values.includes(found), `${key} is ${found}, not any of ${values.join(', ')}`);
  }
  for (const [key, value] of items) {
    assert.ok(key === 'counter' || possible.has(key), key);
    if (key.endsWith('.left')) assert.equal(items.get(key.replace(/left$/, 'right')), value);
  }
}

async function verify(folder) {
  const { damaged, torn } = await verifyStore(folder, new Progress());
  assert.deepEqual(damaged, []);
  return torn;
}

/** Lets processes write, and kills each at a random moment; resolves with the writes that they noted. */
async function churn(folder, random) {
  const notes = fs.mkdtempSync(path.join(folder, 'notes-'));
  const children = Array.from({ length: PROCESSES }, (_, at) => {
    const file = path.join(notes, String(at));
    const child = start('churner.js', folder, at, random.below(2 ** 32), Infinity, file);
    const moment = random.below(MOMENTS);
    child.on('message', (done) => done === moment && child.kill('SIGKILL'));
    return { child, file };
  });
  const writes = [];
  for (const { child, file } of children) {
    assert.deepEqual(await child.ended, { code: null, signal: 'SIGKILL' });
    writes.push(...readNotes(file));
  }
  fs.rmSync(notes, { recursive: true });
  return writes;
}

test('acknowledged writes survive the kill of every process', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  let items = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const writes = await churn(folder, random);
    await verify(folder);
    const store = new PersistLock(folder);
    const before = items;
    items = new Map(await store.entries());
    checkItems(items, before, writes);
    assert.deepEqual(
      dataFiles(folder),
      [path.basename(currentFile(folder))],
      'no other data file is left',
    );
    await store.setItem('counter', items.get('counter') ?? 0);
    await store.close();
    assert.equal(await verify(folder), 0);
  }
});

test(
  'once any call has answered from a killed writer’s commit, every instance sees it',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const [reader, other] = [new PersistLock(folder), new PersistLock(folder)];
    await reader.setItem('a', 1);
    assert.equal(await other.getItem('a'), 1);
    // Killed after its commit, at the second write to the lock, which advances the change counter.
    const lock = path.join(folder, '.persist-lock', 'writer.lock');
    const counter = () => fs.readFileSync(lock).subarray(64);
    const before = counter();
    const strace = ['-P', lock, '-e', 'inject=pwrite64:signal=KILL:when=2'];
    traced(folder, strace, {}, `await store.removeItem('a');`, 'SIGKILL');
    assert.match(fs.readFileSync(currentFile(folder), 'utf8'), /"removed":true/);
    assert.deepEqual(counter(), before);
    assert.equal(await other.removeItem('a'), false);
    assert.equal(await reader.getItem('a'), undefined);
    await reader.close();
    await other.close();
  },
);

test('readers ignore the torn commit of a killed writer, and the next writer cuts it off', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const file = path.join(folder, '.persist-lock', 'data.1.jsonl');
  const torn = '{"key":"a","value":2}\n{"key":"b","val';
  const length = fs.statSync(file).size;
  fs.appendFileSync(file, torn);

  const another = new PersistLock(folder);
  for (const reader of [store, another]) {
    assert.deepEqual(await reader.entries(), [['a', 1]]);
    assert.equal(fs.statSync(file).size, length + torn.length, 'readers do not change the file');
  }
  await another.setItem('c', 3);
  assert.ok(!fs.readFileSync(file, 'utf8').includes('{"key":"b"'), 'the writer cut it off');
  assert.deepEqual(await store.entries(), [
    ['a', 1],
    ['c', 3],
  ]);
  await store.close();
  await another.close();
});
