'use strict';

// Watches a store, and sends its parent each change.

const PersistLock = require('../../..');

const [folder] = process.argv.slice(2);

async function main() {
  const store = new PersistLock(folder);
  await store.init();
  const changes = store.watch({ keepAlive: true });
  process.send('begun');
  for await (const change of changes) process.send(change);
}

main();
