'use strict';

// Sets its own item to 1, 2, 3 and so on, and increments a shared one each time. The length of a file is the acknowledged number.

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
