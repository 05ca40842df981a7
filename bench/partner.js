'use strict';

// A process beside the one that measures: edits for a while, or writes at a fixed pace until it is
// told to stop.

const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { keyOf, valueOf } = require('./lib/items');
const { loadAdapter, storeNamed } = require('./stores');

const WARM_UP = 20;
const PACE = { writes: 10, milliseconds: 5 };

const ACTIONS = {
  async 'edit-for-a-while'(store, { key, duration }, go) {
    const edit = (current) => ({ ...(current ?? valueOf(0)), count: (current?.count ?? 0) + 1 });
    let edits = 0;
    let longest = 0;
    for (; edits < WARM_UP; edits++) await store.edit(key, edit);
    await go();
    let inTime = 0;
    const end = performance.now() + duration;
    for (let before = performance.now(); before < end; edits++) {
      await store.edit(key, edit);
      const now = performance.now();
      if (now <= end) inTime++;
      longest = Math.max(longest, now - before);
      before = now;
    }
    return { edits, inTime, longest };
  },

  async 'write-at-pace'(store, { keys }, go) {
    let written = 0;
    let isGoing = true;
    const stopped = go().then(() => (isGoing = false));
    while (isGoing) {
      const pairs = Array.from({ length: PACE.writes }, (_, at) => {
        const number = (written + at) % keys;
        return [keyOf(number), valueOf(number)];
      });
      await store.fill(pairs);
      written += pairs.length;
      await sleep(PACE.milliseconds);
    }
    await stopped;
    return { written };
  },
};

// The process that measures has read the result, or has ended. (A process that exits right after
// sending may lose the message.)
process.once('disconnect', () => process.exit());

process.once('message', async ({ action, task }) => {
  const description = storeNamed(task.name);
  const store = await loadAdapter(description).open(task.folder, description.options);
  const go = async () => {
    const told = once(process, 'message');
    process.send('ready');
    await told;
  };
  const result = await ACTIONS[action](store, task, go);
  await store.close();
  process.send(result);
});
