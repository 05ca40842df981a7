'use strict';

// Calls a store without free descriptors, again after the parent has compacted it, and again with free descriptors. Sends the
// outcome of each call, and waits for the parent in between.

const fs = require('node:fs');
const { once } = require('node:events');
const path = require('node:path');
const PersistLock = require('../../..');

const [folder] = process.argv.slice(2);

/** Takes every descriptor that is left. */
function takeAll() {
  const taken = [];
  try {
    for (;;) taken.push(fs.openSync('/dev/null', 'r'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
    return taken;
  }
}

const CALLS = {
  open: () => new PersistLock(folder).keys(),
  read: (store) => store.getItem('a'),
  list: (store) => store.keys(),
  set: (store) => store.setItem('a', 2),
  edit: (store) => store.editItem('a', (value) => value + 1),
  asynchronousEdit: (store) => store.editItem('a', async (value) => value + 1),
  asynchronousView: (store) => store.viewItem('a', async (value) => value),
  compact: (store) => store.compact(),
  backup: (store) => store.backup(path.join(folder, 'backup')),
};

/** Resolves with the result of each call, `null` for none, or with its error. */
async function outcomes(store) {
  const ends = {};
  for (const [name, call] of Object.entries(CALLS)) {
    try {
      ends[name] = (await call(store)) ?? null;
    } catch ({ name: kind, code, path: where }) {
      ends[name] = { kind, code, where };
    }
  }
  return ends;
}

async function main() {
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const taken = takeAll();
  process.send(await outcomes(store));
  await once(process, 'message');
  process.send(await outcomes(store));
  await once(process, 'message');
  for (const descriptor of taken) fs.closeSync(descriptor);
  const last = await outcomes(store);
  await store.close();
  process.send(last, () => process.disconnect());
}

main();
