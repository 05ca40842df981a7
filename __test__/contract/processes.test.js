'use strict';

// Several processes on one store: no update is lost, no read is torn, and a killed process blocks
// nobody.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { startActor } = require('../support/actor');
const { leaveNothing, newPlace, open, slowness } = require('../support/engine');
const { kinds } = require('../support/kinds');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');

const PROCESSES = 4;
/** The edits of each of several processes. */
const MANY = Math.ceil(1000 / slowness);
/** The edits of each of several processes, half of which are killed. */
const EDITS = 300;
/** The rounds in which processes are killed. */
const ROUNDS = Math.ceil((5 * TIMES) / slowness);

/**
 * Starts processes of all kinds of calls, among those with an even number and those with an odd
 * one.
 */
function startEditors(place, notes, edits) {
  return Array.from({ length: PROCESSES }, (_, at) => {
    const file = path.join(notes, `acknowledged ${at}`);
    const editor = start('editor.js', place, edits, file, kinds[(at >> 1) % kinds.length]);
    editor.acknowledged = () => (fs.existsSync(file) ? fs.statSync(file).size : 0);
    return editor;
  });
}

/** Lets a process read during `work`; resolves with the last value that it saw. */
async function watched(place, work) {
  const reader = start('reader.js', place);
  await once(reader, 'spawn');
  await work();
  const seen = once(reader, 'message');
  reader.send('stop');
  const [{ reads, last }] = await seen;
  assert.deepEqual(await reader.ended, { code: 0, signal: null });
  assert.ok(reads > 0);
  return last;
}

async function counter(place) {
  const store = open(place);
  const value = await store.getItem('counter');
  assert.equal(await store.editItem('counter', (current) => current), value);
  await store.close();
  return value;
}

test(`four processes with ${MANY} edits each count to ${PROCESSES * MANY}, while a fifth reads`, async (t) => {
  const place = newPlace(t);
  const last = await watched(place, async () => {
    const editors = startEditors(place, temporaryFolder(t), MANY);
    for (const editor of editors) assert.deepEqual(await editor.ended, { code: 0, signal: null });
  });
  assert.equal(last, PROCESSES * MANY);
  assert.equal(await counter(place), PROCESSES * MANY);
});

test('if half of the processes are killed, acknowledged edits stay and the others go on', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < ROUNDS; round++) {
    const place = newPlace(t);
    const last = await watched(place, async () => {
      const editors = startEditors(place, temporaryFolder(t), EDITS);
      const killed = editors.filter((_, at) => at % 2 === 0);
      for (const editor of killed) {
        const moment = 1 + random.below(250);
        editor.on('message', (edits) => edits === moment && editor.kill('SIGKILL'));
      }
      for (const editor of editors) {
        const { signal } = await editor.ended;
        // On a busy machine an editor is sometimes done before the message for its kill arrives.
        const isLate = signal === null && editor.acknowledged() === EDITS;
        if (!isLate) assert.equal(signal, killed.includes(editor) ? 'SIGKILL' : null);
      }
      const acknowledged = editors.reduce((sum, editor) => sum + editor.acknowledged(), 0);
      const value = await counter(place);
      assert.ok(
        value >= acknowledged && value <= acknowledged + killed.length,
        `${value} of ${acknowledged} acknowledged`,
      );
    });
    assert.equal(last, await counter(place));
  }
});

test('a read sees every edit that another process was told of before', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  assert.equal(await store.getItem('counter'), undefined);
  const editor = start('editor.js', place, 20, path.join(temporaryFolder(t), 'notes'));
  let looks = Promise.resolve();
  editor.on('message', (edits) => {
    looks = looks.then(async () => assert.ok((await store.getItem('counter')) >= edits));
  });
  await editor.ended;
  await looks;
  assert.equal(await store.getItem('counter'), 20);
  await store.close();
});

test('an edit that waits for another process goes on when that process is killed', async (t) => {
  const place = newPlace(t);
  const holder = start('holder.js', place);
  await once(holder, 'message');
  const store = open(place);
  const edit = store.editItem('a', (current) => [current]);
  assert.equal(await store.getItem('a'), undefined, 'a read does not wait');
  holder.kill('SIGKILL');
  assert.deepEqual(await edit, [null]);
  await store.close();
});

test('an asynchronous edit blocks only its own key, in every process', async (t) => {
  const place = newPlace(t);
  const [one, other] = [startActor(t, place), startActor(t, place)];
  const edit = one.hold('holdEdit', 'A');
  assert.equal(await edit.begun, undefined);
  const sets = [one.call('set', 'A', 'set by one'), other.call('append', 'A', ', by other')];
  const order = [];
  sets.forEach((set, at) => set.then(() => order.push(at)));
  for (let round = 0; round < 10; round++) {
    await one.call('set', 'B', round);
    await other.call('append', 'C', round);
    assert.equal(await other.call('get', 'A'), undefined);
  }
  assert.deepEqual(order, []);
  assert.equal(await edit.finish('edited'), 'edited');
  await Promise.all(sets);
  assert.match(await other.call('get', 'A'), /^(set by one, by other|set by one)$/);
  await one.call('close');
  await other.call('close');
  await leaveNothing(place);
});

test('if an editing process is killed, waiting calls go on at once with the value before the edit', async (t) => {
  const place = newPlace(t);
  const [holder, waiter, other] = [1, 2, 3].map(() => startActor(t, place));
  await holder.call('set', 'A', 'before');
  await holder.hold('holdEdit', 'A').begun;
  const waiting = [waiter.call('append', 'A', '+'), other.call('append', 'A', '+')];
  const viewing = waiter.call('view', 'A');
  await waiter.call('set', 'B', 1);
  await other.call('set', 'B', 1);
  holder.kill('SIGKILL');
  assert.deepEqual((await Promise.all(waiting)).sort(), ['before+', 'before++']);
  assert.match(await viewing, /^before\+/);
  await waiter.call('close');
  await other.call('close');
  await leaveNothing(place);
});

test('a process that is killed while it waits keeps no other from the lock', async (t) => {
  const place = newPlace(t);
  const [holder, killed] = [startActor(t, place), startActor(t, place)];
  const edit = holder.hold('holdEdit', 'A');
  await edit.begun;
  killed.call('append', 'A', '+');
  await killed.call('set', 'B', 1);
  const store = open(place);
  const set = store.editItem('A', (current) => `${current}, set`);
  await store.setItem('B', 2);
  killed.kill('SIGKILL');
  await killed.ended;
  await edit.finish('edited');
  assert.equal(await set, 'edited, set');
  await holder.call('close');
  await leaveNothing(place, store);
});
