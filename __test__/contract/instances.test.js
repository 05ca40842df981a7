'use strict';

// Instances of one process, in one thread or in several, exclude each other as processes do.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const { leaveNothing, newPlace } = require('../support/engine');
const { kinds, open, test: testBothKinds } = require('../support/kinds');
const { noCleanup } = require('../support/runtime');
const { held } = require('../support/waiting');

function startWorker(workerData) {
  const worker = new Worker(path.join(__dirname, '..', 'support', 'programs', 'worker.js'), {
    workerData,
  });
  worker.ended = once(worker, 'exit').then(([code]) => code);
  return worker;
}

testBothKinds('two instances lose no update between them', async (t) => {
  const place = newPlace(t);
  const stores = [open(place), open(place)];
  const edits = [];
  for (let edit = 0; edit < 1000; edit++) {
    edits.push(stores[edit % 2].editItem('counter', (current) => (current || 0) + 1));
    if (edit % 10 === 0) await edits.at(-1);
  }
  await Promise.all(edits);
  for (const store of stores) {
    assert.equal(await store.getItem('counter'), 1000);
    await store.close();
  }
});

test('an instance waits for the asynchronous edit of another', async (t) => {
  const place = newPlace(t);
  const [one, other] = [open(place), open(place)];
  const order = [];
  const callback = held();
  const edit = one.editItem('a', callback);
  await callback.begun();
  order.push('begins');
  const waiting = other.editItem('a', (current) => {
    order.push(`sees ${current}`);
    return 'second';
  });
  assert.equal(await other.getItem('a'), undefined);
  order.push('ends');
  callback.finish('first');
  assert.deepEqual(await Promise.all([edit, waiting]), ['first', 'second']);
  assert.deepEqual(order, ['begins', 'ends', 'sees first']);
  await leaveNothing(place, one, other);
});

test('an edit of one instance excludes views of another, which share the key with each other', async (t) => {
  const place = newPlace(t);
  const stores = [open(place), open(place)];
  const [edit, view, secondView] = [held(), held(), held()];
  const editing = stores[0].editItem('a', edit);
  await edit.begun();
  const viewing = [stores[1].viewItem('a', view), stores[0].viewItem('a', secondView)];
  await stores[1].setItem('b', 1);
  assert.equal(view.hasBegun, undefined);
  edit.finish('edited');
  await editing;
  await view.begun();
  await secondView.begun();
  assert.deepEqual([view.current, secondView.current], ['edited', 'edited']);
  const set = stores[1].setItem('a', 'set');
  view.finish(1);
  secondView.finish(2);
  assert.deepEqual(await Promise.all(viewing), [1, 2]);
  await set;
  await leaveNothing(place, ...stores);
});

test('a failed edit frees its key for waiting calls of any instance', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const other = open(place);
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const waiting = [store.setItem('a', 1), other.editItem('a', (current = 0) => current + 1)];
  await store.setItem('b', 1);
  const thrown = new Error('mine');
  edit.fail(thrown);
  await assert.rejects(editing, (error) => error === thrown);
  await Promise.all(waiting);
  await leaveNothing(place, store, other);
});

testBothKinds('worker threads and the main thread lose no update between them', async (t) => {
  const place = newPlace(t);
  const workers = Array.from({ length: 4 }, (_, at) =>
    startWorker({ place, kind: kinds[at % kinds.length], count: 200 }),
  );
  const store = open(place);
  for (let edit = 0; edit < 200; edit++) {
    await store.editItem('counter', (current) => (current || 0) + 1);
  }
  const codes = await Promise.all(workers.map((worker) => worker.ended));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(await store.getItem('counter'), 1000);
  await store.close();
});

test('the edit of a terminated worker thread blocks nobody', { skip: noCleanup }, async (t) => {
  const place = newPlace(t);
  const worker = startWorker({ place, stuck: true });
  await once(worker, 'message');
  const store = open(place);
  const edit = store.editItem('counter', (current) => [current]);
  await worker.terminate();
  assert.deepEqual(await edit, [null]);
  await store.close();
});
