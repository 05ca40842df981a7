// Keeps a copy of a store, here the part `settings:`, and goes on where it was stopped or killed.
// Any number of programs may change the store meanwhile.
//
//   node mirror.js

const path = require('node:path');
const PersistLock = require('persist-lock');

const store = new PersistLock(path.join(__dirname, 'original'));
const copy = new PersistLock(path.join(__dirname, 'copy'));
const settings = copy.sub('settings:');

/** Follows the changes after a commit; without one, begins with the items that are there. */
async function follow(since) {
  if (since === undefined) await settings.clear();
  const from = since === undefined ? { initial: true } : { since };
  const changes = store.sub('settings:').watch({ ...from, keepAlive: true });
  for await (const { key, value, removed, commit, initial } of changes) {
    // The copy needs no expiry: the removal of an expired item is told too.
    if (removed) await settings.removeItem(key);
    else await settings.setItem(key, value);
    // The commit may have more changes, so it is told again after a restart.
    if (!initial) await copy.setItem('since', commit - 1);
    console.log(key, removed ? 'removed' : value);
  }
}

async function main() {
  try {
    await follow(await copy.getItem('since'));
  } catch (error) {
    // A rewrite of the store's file has merged the changes after the last one that is copied.
    if (!PersistLock.isPersistLockError(error, 'ERR_PERSIST_LOCK_COMPACTED')) throw error;
    await follow();
  }
}

main();
