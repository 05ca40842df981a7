'use strict';

// Instances and worker threads of one process exclude each other as processes do.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { noCleanup } = require('../support/runtime');

function startWorker(workerData) {
  const worker = new Worker(path.join(__dirname, '..', 'support', 'programs', 'worker.js'), {
    workerData,
  });
  worker.ended = once(worker, 'exit').then(([code]) => code);
  return worker;
}

test('two instances lose no update between them', async (t) => {
  const folder = temporaryFolder(t);
  const stores = [new PersistLock(folder), new PersistLock(folder)];
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
  const folder = temporaryFolder(t);
  const [one, other] = [new PersistLock(folder), new PersistLock(folder)];
  const order = [];
  let finish;
  const edit = one.editItem('a', () => {
    order.push('begins');
    return new Promise((resolve) => (finish = resolve));
  });
  while (!finish) await new Promise((resolve) => setImmediate(resolve));
  const waiting = other.editItem('a', (current) => {
    order.push(`sees ${current}`);
    return 'second';
  });
  assert.equal(await other.getItem('a'), undefined);
  order.push('ends');
  finish('first');
  assert.deepEqual(await Promise.all([edit, waiting]), ['first', 'second']);
  assert.deepEqual(order, ['begins', 'ends', 'sees first']);
  await one.close();
  await other.close();
});

test('worker threads and the main thread lose no update between them', async (t) => {
  const folder = temporaryFolder(t);
  const workers = Array.from({ length: 4 }, () => startWorker({ folder, count: 200 }));
  const store = new PersistLock(folder);
  for (let edit = 0; edit < 200; edit++) {
    await store.editItem('counter', (current) => (current || 0) + 1);
  }
  const codes = await Promise.all(workers.map((worker) => worker.ended));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(await store.getItem('counter'), 1000);
  await store.close();
});

test(
  'a worker thread that is terminated in the middle of an edit sets others free',
  { skip: noCleanup },
  async (t) => {
    const folder = temporaryFolder(t);
    const worker = startWorker({ folder, stuck: true });
    await once(worker, 'message');
    const store = new PersistLock(folder);
    const edit = store.editItem('counter', (current) => [current]);
    await worker.terminate();
    assert.deepEqual(await edit, [null]);
    await store.close();
  },
);
