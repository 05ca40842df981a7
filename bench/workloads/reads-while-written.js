'use strict';

// Random reads while another process writes, at the same fixed pace for every store: this compares
// the cost of writes to the reader, not the speed of the writer. `longest` is the longest time of
// 100 reads.

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
      // A program has an event loop too, which synchronous reads would block.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { time: each(total, Math.ceil(count / AT_A_TIME) * AT_A_TIME), longest };
  });
  const { written } = await writer.finish();
  assert.ok(written > 0);
  return measured;
}

module.exports = readsWhileWritten;
