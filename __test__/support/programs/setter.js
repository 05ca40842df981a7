'use strict';

// Sets an item of its own to 1, 2, 3 and so on, and counts a shared one up with each. The length of a file says how far this has
// been acknowledged.

const fs = require('node:fs');
const PersistLock = require('../../..');

const [folder, name, count, file] = process.argv.slice(2);

async function main() {
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  const acknowledged = fs.openSync(file, 'a');
  for (let number = 1; number <= Number(count); number++) {
    await Promise.all([
      store.setItem(name, number),
      store.editItem('counter', (current = 0) => current + 1),
    ]);
    fs.writeSync(acknowledged, '.');
  }
  await store.close();
  process.disconnect();
}

main();
