'use strict';

// Waits that are given up at the moment at which their lock is granted: the call has either run and
// stored, or done nothing; and no other call is cancelled with it.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Client } = require('pg');
const { startActor, untilNoneWaits, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened, query, tableOf, through, urlOf } = require('../support/postgres/places');
const { startProxy } = require('../support/postgres/proxy');
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
  const given = store.editItem('a', () => assert.fail('runs'), { signal: controller.signal });
  await untilWaiting(place);
  const waiting = next.call('append', 'a', '+');
  await untilWaiting(place, next.pid);
  controller.abort();
  await assert.rejects(given, { name: 'AbortError' });
  await untilNoneWaits(place);
  await edit.finish('edited');
  assert.equal(await waiting, 'edited+');
});

test('a cancel that comes late meets no other call', async (t) => {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const holder = startActor(t, place, { lockTimeout: 60_000 });
  const store = opened(t, through(place, proxy), { lockTimeout: 60_000 });
  await store.setItem('b', 'before');
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const controller = new AbortController();
  const given = store.editItem('a', () => assert.fail('runs'), { signal: controller.signal });
  await untilWaiting(place);
  const late = proxy.stopBefore('toServer', ({ text }) => /pg_cancel_backend/.test(text));
  controller.abort();
  await assert.rejects(given, { name: 'AbortError' });
  const link = await late;
  await edit.finish('edited');
  await untilNoneWaits(place);
  const { client, blocked } = await lockRow(t, place, 'b');
  const other = store.editItem('b', () => 'edited');
  await blocked();
  const ended = new Promise((resolve) => link.onEnd(resolve));
  link.resume();
  await ended;
  await client.query('COMMIT');
  assert.equal(await other, 'edited');
});

/** Locks the row of a key by hand; `blocked` resolves when a write of this process waits for it. */
async function lockRow(t, place, key) {
  const client = new Client({ connectionString: urlOf(place) });
  t.after(() => client.end());
  await client.connect();
  await client.query('BEGIN');
  const row = `SELECT FROM ${tableOf(place)} WHERE id = convert_to($1, 'UTF8') FOR UPDATE`;
  await client.query(row, [key]);
  const text = `SELECT FROM pg_stat_activity WHERE application_name LIKE $1
    AND wait_event IN ('transactionid', 'tuple')`;
  const blocked = async () => {
    while ((await query(urlOf(place), text, [`persist-lock %:${process.pid}`])).length === 0);
  };
  return { client, blocked };
}
