'use strict';

// Asks for a write, tells its parent when another has the lock, and then keeps its event loop busy until a file appears.

const fs = require('node:fs');
const PersistLock = require('../../..');

const [folder, file] = process.argv.slice(2);

async function main() {
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  await store.init();
  const set = store.setItem('blocked', 1);
  // Two turns of the event loop later a thread waits for the lock.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  process.send('waiting', () => {
    while (!fs.existsSync(file));
  });
  await set;
  await store.close();
  process.disconnect();
}

main();
