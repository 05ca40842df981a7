'use strict';

// The drop-ins for node-persist 2, 1 and 0 with `interval`, or without `continuous`: changes are seen at once, and are in the store
// once they are persisted.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { mockTimers } = require('../support/clock');
const timers = require('../../lib/timers');

const VERSIONS = ['v2', 'v1', 'v0'];
const fileOf = (version) => path.resolve(__dirname, `../../node-persist/${version}.js`);

/** Makes a storage, and a store that shows what is stored. */
function opened(t, version, options) {
  const dir = temporaryFolder(t);
  const storage = require(fileOf(version)).create({ dir, ...options });
  storage.initSync();
  t.after(() => storage.stopPersistInterval());
  const store = new PersistLock(dir);
  t.after(() => store.close());
  return { dir, storage, store };
}

for (const version of VERSIONS) {
  test(`${version}: a queued change is seen at once, and stored by persist`, async (t) => {
    const { storage, store } = opened(t, version, { continuous: false });
    storage.setItemSync('stored', 1);
    const sets = [storage.setItem('a', { b: 1 }), storage.setItem('a', { b: 2 })];
    storage.setItem('c', 3);
    assert.deepEqual(storage.getItemSync('a'), { b: 2 });
    assert.deepEqual([storage.keys(), storage.length()], [['a', 'c', 'stored'], 3]);
    assert.deepEqual(storage.values(), [{ b: 2 }, 3, 1]);
    assert.deepEqual(await store.keys(), ['stored']);

    const persisted = await storage.persistKey('a');
    assert.equal(persisted.key, 'a');
    assert.deepEqual(await store.entries(), Object.entries({ a: { b: 2 }, stored: 1 }));
    for (const { key, queued, manual } of await Promise.all(sets)) {
      assert.deepEqual({ key, queued, manual }, { key: 'a', queued: false, manual: true });
    }

    assert.deepEqual(
      (await storage.persist()).map(({ key }) => key),
      ['c'],
    );
    assert.deepEqual(await storage.persist(), []);
    assert.equal(await store.getItem('c'), 3);
  });

  test(`${version}: a queued change is dropped by a removal and by clear`, async (t) => {
    const { storage, store } = opened(t, version, { continuous: false });
    storage.setItem('a', 1);
    await storage.removeItem('a');
    storage.setItem('b', 1);
    storage.removeItemSync('b');
    storage.setItem('c', 1);
    await storage.clear();
    storage.setItem('d', 1);
    storage.clearSync();
    storage.setItem('e', 1);
    storage.setItemSync('e', 2);
    assert.deepEqual(storage.keys(), ['e']);
    storage.persistSync();
    assert.deepEqual(await store.entries(), [['e', 2]]);
  });

  test(`${version}: a queued change outlasts a removal and a clear that fail`, async (t) => {
    const { storage, store } = opened(t, version, { continuous: false });
    storage.setItem('a', 1);
    await store.viewItem('a', async () => {
      await assert.rejects(storage.removeItem('a'), { code: 'ERR_PERSIST_LOCK_DEADLOCK' });
      await assert.rejects(storage.clear(), { code: 'ERR_PERSIST_LOCK_DEADLOCK' });
      assert.equal(storage.getItemSync('a'), 1);
    });
    storage.persistSync();
    assert.equal(await store.getItem('a'), 1);
  });

  test(`${version}: a further init stores queued changes first`, async (t) => {
    const { storage, store } = opened(t, version, { continuous: false });
    storage.setItem('a', 1);
    await storage.init({ dir: temporaryFolder(t), continuous: false });
    assert.deepEqual(storage.keys(), []);
    assert.equal(await store.getItem('a'), 1);
  });

  test(`${version}: the interval stores queued changes, also after it failed`, async (t) => {
    mockTimers(t, { apis: ['setInterval'] });
    t.mock.method(timers, 'setInterval', setInterval);
    t.mock.method(timers, 'clearInterval', clearInterval);
    const { storage, store } = opened(t, version, { interval: 1000, expiredInterval: 0 });
    const set = storage.setItem('a', 1);
    t.mock.timers.tick(999);
    assert.deepEqual(await store.keys(), []);

    const warn = t.mock.method(process, 'emitWarning', () => {});
    const persist = t.mock.method(storage, 'persistSync', () => {
      throw new Error('the disk is full');
    });
    t.mock.timers.tick(1);
    assert.match(warn.mock.calls[0].arguments[0], /the disk is full$/);
    persist.mock.restore();
    assert.equal(storage.getItemSync('a'), 1);

    t.mock.timers.tick(1000);
    assert.deepEqual(await store.entries(), [['a', 1]]);
    const { queued, manual } = await set;
    assert.deepEqual([queued, manual], [true, false]);
  });

  test(`${version}: a process ends once the interval has stored its changes`, async (t) => {
    const dir = temporaryFolder(t);
    const script = `
      const storage = require(${JSON.stringify(fileOf(version))});
      storage.initSync({ dir: ${JSON.stringify(dir)}, interval: 5 });
      storage.setItem('a', 1);`;
    const { code, stderr } = await runScript(['-e', script]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const store = new PersistLock(dir);
    t.after(() => store.close());
    assert.equal(await store.getItem('a'), 1);
  });

  test(`${version}: a change on its way is seen, and later ones replace it`, async (t) => {
    const { storage, store } = opened(t, version);
    const sets = [storage.setItem('a', 1), storage.setItem('a', 2)];
    assert.equal(storage.getItemSync('a'), 2);
    storage.setItemSync('a', 3);
    assert.equal(storage.getItemSync('a'), 3);
    const removal = storage.removeItem('a');
    sets.push(storage.setItem('a', 4));
    assert.deepEqual(storage.keys(), ['a']);
    await Promise.all([...sets, removal]);
    assert.equal(storage.getItemSync('a'), 4);
    assert.equal(await store.getItem('a'), 4);
  });

  test(`${version}: calls of the module before init throw`, () => {
    delete require.cache[fileOf(version)];
    const module = require(fileOf(version));
    for (const name of ['getItem', 'getItemSync', 'setItem', 'keys', 'persist']) {
      assert.throws(() => module[name]('a'), { code: 'ERR_PERSIST_LOCK_NOT_INITIALIZED' });
    }
  });
}

test('v2: promises have the methods of q that programs chain', async (t) => {
  const { storage } = opened(t, 'v2');
  const steps = [];
  await storage
    .setItem('a', 1)
    .spread(({ key }) => steps.push(key))
    .fin(() => steps.push('finally'));
  await storage
    .getItem('a')
    .then(() => {
      throw new Error('of a handler');
    })
    .fail(({ message }) => steps.push(message));
  await new Promise((resolve) => storage.getItem('a').done(resolve));
  storage.getItem('a').nodeify((error, value) => steps.push(error, value));
  await storage.getItem('a');
  assert.deepEqual(steps, ['a', 'finally', 'of a handler', null, 1]);
});

test('v2: a failure goes to the callback, and is handled then', async (t) => {
  const script = `
    const storage = require(${JSON.stringify(fileOf('v2'))});
    const dir = ${JSON.stringify(temporaryFolder(t))};
    require('fs').writeFileSync(dir + '/file', '');
    storage.create({ dir: dir + '/file' }).init((error) => console.log(error.code));`;
  const { code, stdout } = await runScript(['-e', script]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'EEXIST\n' });
});
