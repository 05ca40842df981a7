'use strict';

// Opens a store and makes no more calls; the store's own work runs when the parent says that time has passed. Sends the number of
// open files without a name.

const fs = require('node:fs');
const timers = require('node:timers');

const [folder, options] = process.argv.slice(2);
const { setImmediate, setInterval } = timers;
const regular = [];
timers.setInterval = (work) => {
  regular.push(work);
  return setInterval(() => {}, 2 ** 30);
};
const { PersistLock } = require('../../..');

/** Counts the open files of the store that have no name any more. */
function nameless() {
  const names = fs.readdirSync('/proc/self/fd').map((name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return names.filter((name) => name.startsWith(folder) && name.endsWith(' (deleted)')).length;
}

async function main() {
  const store = new PersistLock(folder, JSON.parse(options));
  const before = await store.getItem('a');
  process.on('message', async (command) => {
    if (command === 'tick') {
      for (const work of regular) work();
      while (nameless() > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    process.send({ nameless: nameless(), value: command === 'read' && (await store.getItem('a')) });
  });
  process.send({ nameless: nameless(), value: before });
}

main();
