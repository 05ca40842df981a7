'use strict';

// Random reads while another process writes at a fixed pace, the same for every store: what is compared is what writing
// costs the reader, not how fast the writer is. `longest` is the longest that 100 reads took.

const assert = require('node:assert/strict');
const { each, repeated } = require('../lib/timing');
const { startPartner } = require('../lib/partners');
const { random } = require('../../__test__/support/random');
const { draw, readAll } = require('./reads');

const AT_A_TIME = 100;

async function readsWhileWritten({ store: { name }, folder, count, keys, repeats, open }) {
  const store = await open();
  const writer = await startPartner('write-at-pace', { name, folder, keys });
  const randomly = random(1);
  const measured = await repeated(repeats, async () => {
    let total = 0;
    let longest = 0;
    for (let done = 0; done < count; done += AT_A_TIME) {
      const { names, sum } = draw(AT_A_TIME, keys, randomly);
      const start = performance.now();
      const read = await readAll(store, names);
      const time = performance.now() - start;
      assert.equal(read, sum);
      total += time;
      longest = Math.max(longest, time);
      // A program that reads has an event loop too; synchronous stores would keep it from turning.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { time: each(total, Math.ceil(count / AT_A_TIME) * AT_A_TIME), longest };
  });
  const { written } = await writer.finish();
  assert.ok(written > 0);
  return measured;
}

module.exports = readsWhileWritten;
