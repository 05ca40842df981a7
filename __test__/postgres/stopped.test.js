'use strict';

// Processes that are killed or stopped while they hold a lock or wait for one. The kernel closes the
// connections of a killed process; those of a stopped one are ended by the server after `leaseTimeout`.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');
const { resume, stop } = require('../support/stopping');
const { noStop } = require('../support/system');

const LOST = { code: 'ERR_PERSIST_LOCK_CONNECTION' };
/** A time after which no test has to wait for the server. */
const LONG = 600_000;
const append = (mark) => (current) => `${current}${mark}`;

test('the kill of a holder frees its keys at once, whatever its leaseTimeout is', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, { lockTimeout: 60_000 });
  await store.setItem('a', 'before');
  const holder = startActor(t, place, { leaseTimeout: LONG });
  await holder.hold('holdEdits', ['a', 'b']).begun;
  const edits = [store.editItem('a', append('+')), store.editItem('b', () => 'b')];
  await untilWaiting(place);
  assert.equal(await store.getItem('a'), 'before', 'a read does not wait');
  holder.kill('SIGKILL');
  assert.deepEqual(await Promise.all(edits), ['before+', 'b']);
});

test('the kill of a waiter keeps no other from the key', async (t) => {
  const place = await newPlace(t);
  const [holder, waiter] = [1, 2].map(() => startActor(t, place, { leaseTimeout: LONG }));
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  waiter.call('append', 'a', '+');
  await untilWaiting(place, waiter.pid);
  const store = opened(t, place, { lockTimeout: 60_000 });
  const next = store.editItem('a', append(', next'));
  await untilWaiting(place);
  waiter.kill('SIGKILL');
  await waiter.ended;
  await edit.finish('edited');
  assert.equal(await next, 'edited, next');
});

test(
  'a stopped holder loses its lease, and its edit rejects once it goes on',
  { skip: noStop },
  async (t) => {
    const place = await newPlace(t);
    const holder = startActor(t, place, { leaseTimeout: 1000 });
    await holder.call('set', 'a', 'before');
    const edit = holder.hold('holdEdit', 'a');
    await edit.begun;
    stop(holder);
    const store = opened(t, place, { lockTimeout: 60_000 });
    assert.equal(await store.editItem('a', append('+')), 'before+');
    resume(holder);
    await assert.rejects(edit.finish('edited'), LOST);
    assert.equal(await store.getItem('a'), 'before+');
    await holder.call('append', 'a', '-');
    assert.equal(await store.getItem('a'), 'before+-');
  },
);

test(
  'a stopped waiter passes the key on; once it goes on, its edit is made on the newest item or rejects',
  { skip: noStop },
  async (t) => {
    const place = await newPlace(t);
    const [holder, waiter] = [1, 2].map(() =>
      startActor(t, place, { leaseTimeout: 1000, lockTimeout: 60_000 }),
    );
    const edit = holder.hold('holdEdit', 'a');
    await edit.begun;
    const waiting = waiter.call('append', 'a', ' by the waiter');
    await untilWaiting(place, waiter.pid);
    const store = opened(t, place, { lockTimeout: 60_000 });
    const next = store.editItem('a', append(' by the next'));
    await untilWaiting(place);
    stop(waiter);
    await edit.finish('edited');
    assert.equal(await next, 'edited by the next');
    resume(waiter);
    // Its callback runs, and cannot commit, if the grant has come before the end of the connection.
    const code = await waiting.then(
      () => undefined,
      (error) => error.code,
    );
    assert.ok(code === undefined || code === LOST.code, code);
    const own = code === undefined ? ' by the waiter' : '';
    assert.equal(await store.getItem('a'), `edited by the next${own}`);
    await waiter.call('append', 'a', ' and again');
    assert.equal(await store.getItem('a'), `edited by the next${own} and again`);
  },
);
