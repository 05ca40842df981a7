'use strict';

// Reads numbers without pause until it is told to stop, and compares each with the number acknowledged before the read. Takes the
// names of the items, each followed by the file whose length is the acknowledged number.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const PersistLock = require('../../..');

const [folder, isReadOnly, ...items] = process.argv.slice(2);

function acknowledged(file) {
  return fs.existsSync(file) ? fs.statSync(file).size : 0;
}

async function main() {
  const store = new PersistLock(folder, { readOnly: isReadOnly === 'true' });
  let stopped = false;
  process.once('message', () => (stopped = true));
  let reads = 0;
  const last = {};
  while (!stopped) {
    for (let at = 0; at < items.length; at += 2, reads++) {
      const [name, file] = items.slice(at, at + 2);
      const least = Math.max(acknowledged(file), last[name] ?? 0);
      const value = (await store.getItem(name)) ?? 0;
      assert.ok(value >= least, `${name} is ${value}, and had been ${least}`);
      last[name] = value;
      const listed = Object.fromEntries(await store.entries());
      for (const other of Object.keys(last)) {
        const number = listed[other] ?? 0;
        assert.ok(number >= last[other], `${other} is listed as ${number} after ${last[other]}`);
        last[other] = number;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await store.close();
  process.send({ reads, last }, () => process.disconnect());
}

main();
