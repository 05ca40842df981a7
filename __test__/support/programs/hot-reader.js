'use strict';

// A process that reads an item all the time, and tells what it has read last when it is asked: `['read']`, `['close']`.

const PersistLock = require('../../..');

const store = new PersistLock(process.argv[2]);
let isOver = false;

async function readOn() {
  while (!isOver) {
    // Many in one turn of the event loop, in which the counter alone tells of what is new.
    for (let i = 0; i < 200; i++) await store.getItem('counter');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

process.on('message', async ([name]) => {
  if (name === 'read') return process.send(await store.getItem('counter'));
  isOver = true;
  await store.close();
  process.send('closed');
  process.disconnect();
});

readOn();
