'use strict';

// Keeps the items that a watcher of a store over PostgreSQL tells of, until the item `z end`; then
// tells its parent of them.

const PersistLock = require('../../../postgres');

const store = new PersistLock(JSON.parse(process.argv[2]), { expiredInterval: false });

async function main() {
  const items = new Map();
  let changes = 0;
  for await (const { key, value, removed } of store.watch({ initial: true, keepAlive: true })) {
    if (changes++ === 0) process.send('begun');
    if (removed) items.delete(key);
    else items.set(key, value);
    if (key === 'z end') break;
  }
  await store.close();
  process.send([...items], () => process.disconnect());
}

main();
