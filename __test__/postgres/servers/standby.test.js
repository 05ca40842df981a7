'use strict';

// A synchronous standby that becomes the primary when the primary is killed: the new one has all that
// was acknowledged, and nothing that was rejected.

const assert = require('node:assert/strict');
const test = require('node:test');
const { withoutDebian } = require('../../support/postgres/binaries');
const { opened, placeOn, through } = require('../../support/postgres/places');
const { startProxy } = require('../../support/postgres/proxy');
const { ownServer, standbyOf } = require('../../support/postgres/servers');
const { checkCounts, startSurvivor, sum } = require('../../support/postgres/survivors');
const { held } = require('../../support/waiting');
const { TIMES, seeded } = require('../../support/random');

const PROCESSES = 4;

/** Starts a primary with a standby, and a proxy that leads to the primary, as a name does. */
async function withStandby(t) {
  const primary = await ownServer(t, { version: 'debian' });
  const standby = await standbyOf(t, primary);
  const proxy = await startProxy(t, primary.url);
  const failOver = async () => {
    await primary.kill();
    await standby.promote();
    proxy.redirect(standby.url);
  };
  return { standby, proxy, place: through(placeOn(primary), proxy), failOver };
}

test('a standby is promoted while processes write', { skip: withoutDebian }, async (t) => {
  const random = seeded(t);
  for (let round = 0; round < 2 * TIMES; round++) {
    const { standby, place, failOver } = await withStandby(t);
    const survivors = Array.from({ length: PROCESSES }, (_, at) =>
      startSurvivor(t, place, `p${at}`, { seed: random.below(2 ** 31) }),
    );
    await random.pick(survivors).writes(20 + random.below(40));
    await failOver();
    await Promise.all(survivors.map((survivor) => survivor.writes(10)));
    for (const survivor of survivors) survivor.send('end');
    const outcomes = await Promise.all(survivors.map((survivor) => survivor.finished));
    await checkCounts(placeOn(standby), outcomes);
    assert.ok(sum(t, outcomes).acknowledged > 0);
  }
});

test(
  'a lease is lost with its primary, and the items are as they were',
  { skip: withoutDebian },
  async (t) => {
    const { place, failOver } = await withStandby(t);
    const store = opened(t, place, { lockTimeout: 60_000 });
    await store.setItem('a', 'before');
    const callback = held();
    const rejected = assert.rejects(store.editItem('a', callback), {
      code: 'ERR_PERSIST_LOCK_CONNECTION',
    });
    await callback.begun();
    await failOver();
    await rejected;
    callback.finish('too late');
    assert.equal(await store.editItem('a', (current) => `${current}, after`), 'before, after');
  },
);

test('a standby that is not promoted is refused', { skip: withoutDebian }, async (t) => {
  const { standby } = await withStandby(t);
  const store = opened(t, placeOn(standby));
  await assert.rejects(store.init(), { code: 'ERR_PERSIST_LOCK_UNSUPPORTED' });
});
