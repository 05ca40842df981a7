'use strict';

// Reads two items of one commit without pause until it is told to stop, in a store that it opens now and then again; exits
// with 1 if they ever differ, go back or are no text that was written.

const assert = require('node:assert/strict');
const PersistLock = require('../../..');

const [folder, readOnly] = process.argv.slice(2);

async function main() {
  let stopped = false;
  process.once('message', () => (stopped = true));
  let reads = 0;
  let last = -1;
  while (!stopped) {
    const store = new PersistLock(folder, { readOnly: readOnly === 'true' });
    for (let round = 0; round < 200 && !stopped; round++, reads++) {
      const [[, left] = [], [, right] = []] = await store.entries();
      assert.deepEqual(left, right);
      const number = left?.number ?? -1;
      assert.ok(number >= last, `${number} after ${last}`);
      if (left) assert.match(left.text, new RegExp(`^(${number}, )*$`));
      last = number;
      // A commit may come between these two.
      const one = await store.getItem('left');
      assert.ok((one?.number ?? -1) >= last, `${one?.number} after ${last}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await store.close();
  }
  process.send({ reads, last }, () => process.disconnect());
}

main();
