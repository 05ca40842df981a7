'use strict';

// Opens a store with many items, and prints the memory of its index, and the additional peak during a rewrite of its file: its own,
// or that of another process which it follows.

const fs = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { PersistLock: Native } = require('../../../lib/file/addon');
const { PersistLock } = require('../../..');

/** The native side of the store that was opened last. */
let native;
const { openStore } = Native.prototype;
Native.prototype.openStore = function (...args) {
  native = this;
  return openStore.apply(this, args);
};

const [folder, whose] = process.argv.slice(2);

/** A line of this process's status, in bytes. */
function memory(name) {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) * 1024;
}

async function main() {
  const small = new PersistLock(`${folder}-small`);
  await small.setItem('a', 1);
  await small.compact();
  // Follows to the new file at once: an idle instance does so within a minute.
  await small.getItem('a');
  const empty = memory('VmRSS');
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: false });
  await store.init();
  // A thread still sorts the keys.
  while (!native.isOrdered()) await delay(1);
  const full = memory('VmRSS');
  // The peak is measured from here on.
  fs.writeFileSync('/proc/self/clear_refs', '5');
  const told = new Promise((resolve) => process.once('message', resolve));
  process.send({ ready: true });
  await told;
  if (whose === 'own') await store.compact();
  await store.getItem('0');
  const isOld = (name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`).endsWith(' (deleted)');
    } catch {
      return false;
    }
  };
  while (fs.readdirSync('/proc/self/fd').some(isOld)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send({ index: full - empty, more: memory('VmHWM') - full });
  await Promise.all([small.close(), store.close()]);
  process.disconnect();
}

main();
