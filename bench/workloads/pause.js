'use strict';

// Measures how long concurrent writes block the event loop. `pause` is the longest stretch after
// the calls, the rest of their own turn included; `pauseWithCalls` includes the calls, which are
// the caller's own loop. setImmediate marks the turns as long as the writes go on.

const { repeated } = require('../lib/timing');
const { writesAtOnce } = require('./at-once');

async function longestStretch(writeAll) {
  const start = performance.now();
  const written = writeAll();
  let before = performance.now();
  const calls = before - start;
  let first;
  let longest = 0;
  let isRunning = true;
  const look = () => {
    const now = performance.now();
    first ??= now - before;
    longest = Math.max(longest, now - before);
    before = now;
    if (isRunning) setImmediate(look);
  };
  setImmediate(look);
  await written;
  isRunning = false;
  // The turn that resolves the writes counts too.
  await new Promise((resolve) => setImmediate(resolve));
  return { pause: longest, pauseWithCalls: Math.max(longest, calls + first) };
}

async function pause(context) {
  const store = await context.open();
  const writes = writesAtOnce(store, context);
  return repeated(context.repeats, async () => {
    const measured = await longestStretch(writes.prepare());
    await writes.check();
    return measured;
  });
}

module.exports = pause;
