'use strict';

// Reads the counter without pause until it is told to stop; exits with 1 if it is ever torn or goes back.

const assert = require('node:assert/strict');
const { open } = require('../engine');

const [place] = process.argv.slice(2);

async function main() {
  const store = open(place);
  let stopped = false;
  process.once('message', () => (stopped = true));
  let reads = 0;
  let last = 0;
  while (!stopped) {
    for (let burst = 0; burst < 100; burst++, reads++) {
      const value = (await store.getItem('counter')) ?? 0;
      assert.ok(Number.isInteger(value) && value >= last, `${value} after ${last}`);
      const [listed = value] = await store.values();
      assert.ok(listed >= value, `${listed} listed after ${value}`);
      last = listed;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send({ reads, last }, () => process.disconnect());
}

main();
