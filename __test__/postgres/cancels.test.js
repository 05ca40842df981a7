'use strict';

// Waits that are given up at the moment at which their lock is granted: the call has either run and
// stored, or done nothing; and no other call is cancelled with it.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');
const { TIMES, seeded } = require('../support/random');

const ROUNDS = 30 * TIMES;

test('a cancel races a grant', async (t) => {
  const random = seeded(t);
  const place = await newPlace(t);
  const [holder, store] = [
    startActor(t, place, { lockTimeout: 60_000 }),
    opened(t, place, { lockTimeout: 60_000, connections: 3 }),
  ];
  let expected = 0;
  const outcomes = { made: 0, 'given up': 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const edit = holder.hold('holdEdit', 'a');
    await edit.begun;
    const controller = new AbortController();
    let runs = 0;
    const count = (current) => {
      runs++;
      return current + 1;
    };
    const callback = random.pick([count, async (current) => count(current)]);
    const waiting = store.editItem('a', callback, { signal: controller.signal });
    const settled = Promise.allSettled([waiting]);
    await untilWaiting(place);
    const acts = [() => edit.finish(expected), () => controller.abort()];
    const isFirst = random.below(2);
    const finished = acts[isFirst]();
    for (let turns = random.below(20); turns > 0; turns--) await new Promise(setImmediate);
    const other = acts[1 - isFirst]();
    await Promise.all([finished, other]);
    // A cancel that comes late must not meet these.
    const others = Array.from({ length: 3 }, (_, at) => store.editItem(`${at}`, () => round));
    const [{ status, reason }] = await settled;
    assert.deepEqual(await Promise.all(others), [round, round, round]);
    if (status === 'fulfilled') expected++;
    else assert.equal(reason, controller.signal.reason);
    outcomes[status === 'fulfilled' ? 'made' : 'given up']++;
    if (status === 'fulfilled') assert.equal(runs, 1);
    assert.equal(await store.getItem('a'), expected);
  }
  t.diagnostic(JSON.stringify(outcomes));
});

test('a wait that is given up leaves the queue of the server', async (t) => {
  const place = await newPlace(t);
  const [holder, next] = [1, 2].map(() => startActor(t, place, { lockTimeout: 60_000 }));
  const store = opened(t, place);
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const controller = new AbortController();
  const view = store.editItem('a', () => assert.fail('runs'), { signal: controller.signal });
  await untilWaiting(place);
  const waiting = next.call('append', 'a', '+');
  await untilWaiting(place, next.pid);
  controller.abort();
  await assert.rejects(view, { name: 'AbortError' });
  await edit.finish('edited');
  assert.equal(await waiting, 'edited+');
});
