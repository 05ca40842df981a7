'use strict';

// Time limits and signals: they end a wait, nothing but a wait, and leave nothing of it.

const assert = require('node:assert/strict');
const dns = require('node:dns/promises');
const fs = require('node:fs');
const test = require('node:test');
const { startActor } = require('../support/actor');
const { leaveNothing, newPlace, open, runCode } = require('../support/engine');
const { held } = require('../support/waiting');

/**
 * Opens two instances, of which `holder` has the keys locked until `release` or `end` is called.
 */
async function holding(t, keys, options) {
  const place = newPlace(t);
  const holder = open(place);
  const store = open(place, options);
  const callback = held();
  const edit = holder.editItems(keys, callback);
  await callback.begun();
  const release = async () => {
    callback.finish(keys.map((key) => [key, 'held']));
    await edit;
  };
  const end = async () => {
    await release();
    await store.setItem('end', 1);
    await leaveNothing(place, holder, store);
  };
  return { place, holder, store, release, end };
}

const CALLS = {
  setItem: (store) => store.setItem('a', 1),
  updateItem: (store) => store.updateItem('a', 1),
  removeItem: (store) => store.removeItem('a'),
  editItem: (store, waiting) => store.editItem('a', () => assert.fail('runs'), waiting),
  editItems: (store, waiting) => store.editItems(['b', 'a'], () => assert.fail('runs'), waiting),
  viewItem: (store, waiting) => store.viewItem('a', () => assert.fail('runs'), waiting),
  clear: (store) => store.clear(),
};

test('every call that waits for a key ends by its time limit, which names the lock', async (t) => {
  const { holder, store, end } = await holding(t, ['a'], { lockTimeout: 20 });
  for (const [name, call] of Object.entries(CALLS)) {
    for (const waiting of [store, holder]) {
      if (waiting === holder && !['editItem', 'editItems', 'viewItem'].includes(name)) continue;
      await assert.rejects(call(waiting, { timeout: 20 }), (error) => {
        assert.equal(error.name, 'PersistLockError', name);
        assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT', name);
        assert.match(error.message, /^Waited 20 ms for the lock of /);
        return true;
      });
    }
  }
  await store.setItem('b', 'free');
  await end();
});

test('a call’s own time limit overrides the store’s, and 0 is the shortest', async (t) => {
  const { place, store, end } = await holding(t, ['a'], { lockTimeout: Infinity });
  const edit = store.editItem('a', () => assert.fail('runs'), { timeout: 0 });
  await assert.rejects(edit, { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /Waited 0 ms/ });
  assert.equal(await store.editItem('b', () => 'at once', { timeout: 0 }), 'at once');
  for (const timeout of [-1, NaN, '5', null]) {
    const bad = store.editItem('b', () => 1, { timeout });
    await assert.rejects(bad, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' });
    assert.throws(() => open(place, { lockTimeout: timeout }), { name: 'TypeError' });
  }
  for (const signal of [5, {}, null]) {
    const bad = store.viewItem('b', () => 1, { signal });
    await assert.rejects(bad, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' });
  }
  await end();
});

test('an aborted wait rejects with the reason of its signal', async (t) => {
  const { holder, store, end } = await holding(t, ['a']);
  for (const name of ['editItem', 'editItems', 'viewItem']) {
    for (const waiting of [store, holder]) {
      const controller = new AbortController();
      const reason = new Error('my reason');
      const calls = [1, 2].map(() => CALLS[name](waiting, { signal: controller.signal }));
      await waiting.setItem('b', 1);
      controller.abort(reason);
      for (const call of calls) await assert.rejects(call, (error) => error === reason);
      const late = CALLS[name](waiting, { signal: controller.signal });
      await assert.rejects(late, (error) => error === reason);
    }
  }
  await end();
});

test('neither a signal nor a time limit ends a running callback', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const controller = new AbortController();
  const edited = store.editItem(
    'a',
    async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'edited';
    },
    { timeout: 1, signal: controller.signal },
  );
  assert.equal(await edited, 'edited');
  await leaveNothing(place, store);
});

test('calls that gave up neither take the lock later nor keep it from others', async (t) => {
  const { place, holder, store, release } = await holding(t, ['a']);
  const third = open(place);
  for (let round = 0; round < 3; round++) {
    const views = [store, third].map((waiting) => waiting.viewItem('a', () => 1, { timeout: 5 }));
    const edits = [store, third].map((waiting) => waiting.editItem('a', () => 1, { timeout: 5 }));
    for (const { reason } of await Promise.allSettled([...views, ...edits])) {
      assert.equal(reason.code, 'ERR_PERSIST_LOCK_TIMEOUT');
    }
  }
  const patient = [third.editItem('a', (current) => `${current}+`), store.viewItem('a', (a) => a)];
  await third.setItem('b', 1);
  await release();
  assert.equal(await patient[0], 'held+');
  assert.match(await patient[1], /^held/);
  await leaveNothing(place, holder, store, third);
});

test('a call that gave up does not keep the process alive', async (t) => {
  const place = newPlace(t);
  const holder = startActor(t, place);
  await holder.hold('holdEdit', 'a').begun;
  await holder.call('set', 'b', 1);
  const { stdout, stderr, code } = await runCode(
    place,
    `const store = open(place, { lockTimeout: 20 });
    store.setItem('a', 1).catch((error) => console.log(error.code));`,
  );
  assert.deepEqual(
    { stdout, stderr, code },
    { stdout: 'ERR_PERSIST_LOCK_TIMEOUT\n', stderr: '', code: 0 },
  );
});

test('500 calls that wait for as many keys block neither the file system nor DNS', async (t) => {
  const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`);
  const { store, end } = await holding(t, keys, { lockTimeout: Infinity });
  const edits = keys.map((key) => store.editItem(key, (current) => `${current}, edited`));
  await store.setItem('free', 1);
  await Promise.all(keys.slice(0, 20).map(() => fs.promises.stat(__dirname)));
  await dns.lookup('localhost');
  const ended = end();
  assert.deepEqual(new Set(await Promise.all(edits)), new Set(['held, edited']));
  await ended;
});
