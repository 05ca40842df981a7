'use strict';

// Several processes on one store: no update is lost, no read is torn, and the dead leave nothing behind.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { seeded } = require('../support/random');

const PROCESSES = 4;

function startEditors(folder, edits) {
  return Array.from({ length: PROCESSES }, (_, at) => {
    const notes = path.join(folder, `acknowledged ${at}`);
    const editor = start('editor.js', folder, edits, notes);
    editor.acknowledged = () => (fs.existsSync(notes) ? fs.statSync(notes).size : 0);
    return editor;
  });
}

/** Lets a reader watch while `work` goes on; resolves with what it saw last. */
async function watched(folder, work) {
  const reader = start('reader.js', folder);
  await once(reader, 'spawn');
  await work();
  const seen = once(reader, 'message');
  reader.send('stop');
  const [{ reads, last }] = await seen;
  assert.deepEqual(await reader.ended, { code: 0, signal: null });
  assert.ok(reads > 0);
  return last;
}

async function counter(folder) {
  const store = new PersistLock(folder);
  const value = await store.getItem('counter');
  assert.equal(await store.editItem('counter', (current) => current), value);
  await store.close();
  return value;
}

test('four processes with 1000 edits each give 4000, while a fifth reads', async (t) => {
  const folder = temporaryFolder(t);
  const last = await watched(folder, async () => {
    const editors = startEditors(folder, 1000);
    for (const editor of editors) assert.deepEqual(await editor.ended, { code: 0, signal: null });
  });
  assert.equal(last, 4000);
  assert.equal(await counter(folder), 4000);
});

test('when half of them are killed, what was acknowledged is there, and the others go on', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < 5; round++) {
    const folder = temporaryFolder(t);
    const last = await watched(folder, async () => {
      const editors = startEditors(folder, 300);
      const killed = editors.filter((_, at) => at % 2 === 0);
      for (const editor of killed) {
        const moment = 1 + random.below(250);
        editor.on('message', (edits) => edits === moment && editor.kill('SIGKILL'));
      }
      for (const editor of editors) {
        const { signal } = await editor.ended;
        assert.equal(signal, killed.includes(editor) ? 'SIGKILL' : null);
      }
      const acknowledged = editors.reduce((sum, editor) => sum + editor.acknowledged(), 0);
      const value = await counter(folder);
      assert.ok(
        value >= acknowledged && value <= acknowledged + killed.length,
        `${value} of ${acknowledged} acknowledged`,
      );
    });
    assert.equal(last, await counter(folder));
  }
});

test('another process’s commits are seen at the next look', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  assert.equal(await store.getItem('counter'), undefined);
  const editor = start('editor.js', folder, 20, path.join(folder, 'notes'));
  let looks = Promise.resolve();
  editor.on('message', (edits) => {
    looks = looks.then(async () => assert.ok((await store.getItem('counter')) >= edits));
  });
  await editor.ended;
  await looks;
  assert.equal(await store.getItem('counter'), 20);
  await store.close();
});

test('half a commit that a killed writer left is passed over by readers and cut by the next writer', async (t) => {
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
    assert.equal(fs.statSync(file).size, length + torn.length, 'readers leave it alone');
  }
  await another.setItem('c', 3);
  assert.ok(!fs.readFileSync(file, 'utf8').includes('{"key":"b"'), 'the writer has cut it off');
  assert.deepEqual(await store.entries(), [
    ['a', 1],
    ['c', 3],
  ]);
  await store.close();
  await another.close();
});

test('an edit waits for an asynchronous edit of another process, whose death sets it free', async (t) => {
  const folder = temporaryFolder(t);
  const holder = start('holder.js', folder);
  await once(holder, 'message');
  const store = new PersistLock(folder);
  const edit = store.editItem('a', (current) => [current]);
  assert.equal(await store.getItem('a'), undefined, 'a read does not wait');
  holder.kill('SIGKILL');
  assert.deepEqual(await edit, [null]);
  await store.close();
});
