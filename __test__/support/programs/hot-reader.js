'use strict';

// A process that reads an item without pause, and sends the last value when it is asked: `['read']`, `['close']`.

const PersistLock = require('../../..');

const store = new PersistLock(process.argv[2]);
let isOver = false;

async function readOn() {
  while (!isOver) {
    // Many reads in one turn of the event loop, in which only the change counter tells of news.
    for (let i = 0; i < 200; i++) await store.getItem('counter');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

process.on('message', async ([name]) => {
  if (name === 'read') return process.send(await store.getItem('counter'));
  isOver = true;
  await store.close();
  process.send('closed', () => process.disconnect());
});

readOn();
