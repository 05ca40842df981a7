'use strict';

// A worker thread that edits the counter, or begins an edit that never ends.

const { parentPort, workerData } = require('node:worker_threads');
const { open } = require('../kinds');

async function main() {
  const store = open(workerData.place, {}, workerData.kind);
  if (workerData.stuck) {
    await store.editItem('counter', () => {
      parentPort.postMessage('editing');
      return new Promise(() => setInterval(() => {}, 1000));
    });
  }
  const edits = [];
  for (let edit = 0; edit < workerData.count; edit++) {
    edits.push(store.editItem('counter', (current) => (current || 0) + 1));
    if (edit % 10 === 0) await edits.at(-1);
  }
  await Promise.all(edits);
}

main();
