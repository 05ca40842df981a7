'use strict';

// The drop-in and the event loop: the interval at which expired items are removed, and what keeps a process alive.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const fakeTimers = require('@sinonjs/fake-timers');
const timers = require('../../lib/timers');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { until } = require('../support/waiting');
const { file, freshModule, temporaryStorage } = require('../support/drop-in');

/** A clock that the intervals of the drop-in follow: the store's own timers are not replaced by others' means. */
function clockOfIntervals(t) {
  const clock = fakeTimers.createClock();
  for (const name of ['setInterval', 'clearInterval']) t.mock.method(timers, name, clock[name]);
  return clock;
}

test('a pending set keeps the process alive, an idle storage does not', async (t) => {
  const folder = temporaryFolder(t);
  const script = `
    const storage = require(${JSON.stringify(file)});
    storage.initSync({ dir: 'data', expiredInterval: 5 });
    storage.setItem('a', 1);`;
  const { code, stderr } = await runScript(['-e', script], { cwd: folder });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const store = new PersistLock(path.join(folder, 'data'));
  t.after(() => store.close());
  assert.equal(await store.getItem('a'), 1);
});

test('a loop of reads lets other callbacks run', async (t) => {
  const storage = await temporaryStorage(t);
  for (const isSet of [
    async () => (await storage.getItem('a')) === 1,
    async () => (await storage.keys()).length === 1,
    async () => (await storage.length()) === 1,
    async () => (await storage.data()).length === 1,
  ]) {
    await storage.clear();
    const set = storage.setItem('a', 1);
    while (!(await isSet()));
    await set;
  }
});

test('expired items are removed at the interval of the options until it is stopped', async (t) => {
  const storage = await temporaryStorage(t, { expiredInterval: 5 });
  await storage.setItem('a', 1, { ttl: 1 });
  const isKept = async () => (await storage.getDatum('a')).key === 'a';
  while (await isKept()) await new Promise((resolve) => setImmediate(resolve));

  storage.stopExpiredKeysInterval();
  const clock = clockOfIntervals(t);
  const sweeps = t.mock.method(storage, 'removeExpiredItems', async () => {}).mock;
  storage.startExpiredKeysInterval();
  clock.tick(12);
  assert.equal(sweeps.callCount(), 2);
  storage.stopExpiredKeysInterval();
  clock.tick(12);
  assert.equal(sweeps.callCount(), 2);
  storage.startExpiredKeysInterval();
  await storage.init({ expiredInterval: false });
  clock.tick(1e9);
  assert.equal(sweeps.callCount(), 2);
});

test('a replaced default instance removes no more expired items', async (t) => {
  const clock = clockOfIntervals(t);
  const storage = freshModule();
  const dir = temporaryFolder(t);
  await storage.init({ dir, expiredInterval: 5 });
  const sweeps = t.mock.method(storage.defaultInstance, 'removeExpiredItems', async () => {}).mock;
  await storage.init({ dir, expiredInterval: false });
  clock.tick(50);
  assert.equal(sweeps.callCount(), 0);
});

test('a failing sweep does not end the process', async (t) => {
  const storage = await temporaryStorage(t);
  const log = t.mock.fn();
  await storage.init({ logging: log, expiredInterval: 1 });
  t.mock.method(storage, 'removeExpiredItems', async () => {
    throw new Error('sweeping fails');
  });
  await until(() => log.mock.callCount() > 0);
  storage.stopExpiredKeysInterval();
  assert.match(log.mock.calls[0].arguments[0], /sweeping fails/);
});
