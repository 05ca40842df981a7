'use strict';

// A call that can never get its lock rejects at once, however the callback around it reaches the
// call.

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const { setImmediate: immediate, setTimeout: pause } = require('node:timers/promises');
const test = require('node:test');
const { leaveNothing, newPlace, open, temporaryStore } = require('../support/engine');
const { noStacks: skip } = require('../support/runtime');

const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

/** Ways from a callback to a call. */
const WAYS = {
  directly: (call) => call(),
  'after an await': async (call) => {
    await immediate();
    return await call();
  },
  'through helpers': async (call) => {
    const deeper = async () => {
      await pause(1);
      return call();
    };
    return await (async () => await deeper())();
  },
  'in Promise.all': async (call) => {
    const [result] = await Promise.all([immediate().then(() => call()), pause(1)]);
    return result;
  },
  'in then': (call) => immediate().then(() => call()),
  'in Promise.allSettled': async (call) => {
    const [{ reason, value }] = await Promise.allSettled([pause(1).then(() => call())]);
    if (reason) throw reason;
    return value;
  },
  'in Promise.race': async (call) => Promise.race([call(), new Promise(() => {})]),
  'in finally': async (call) => {
    let result;
    await pause(1).finally(async () => (result = await call()));
    return result;
  },
  'from a timer': (call) =>
    new Promise((resolve, reject) => setTimeout(() => call().then(resolve, reject), 1)),
  'from a microtask': (call) =>
    new Promise((resolve, reject) => queueMicrotask(() => call().then(resolve, reject))),
  'after an event': async (call) => {
    const events = new EventEmitter();
    setTimeout(() => events.emit('go'), 1);
    await once(events, 'go');
    return call();
  },
  'from a callback of Node’s': (call) =>
    new Promise((resolve, reject) => fs.stat('.', () => call().then(resolve, reject))),
  'in a new Promise of an async function': (call) =>
    // eslint-disable-next-line no-async-promise-executor
    new Promise(async (resolve, reject) => {
      await null;
      call().then(resolve, reject);
    }),
  'in a thenable': async (call) => ({ then: (resolve, reject) => call().then(resolve, reject) }),
  'in an async generator': async (call) => {
    const steps = async function* () {
      yield 1;
      yield await call();
    };
    for await (const step of steps()) if (step !== 1) return step;
  },
  'in a loop': async (call) => {
    for await (const step of [1, 2]) if (step === 2) return call();
  },
};

for (const [way, reach] of Object.entries(WAYS)) {
  test(`a call for the key of the edit around it is a deadlock: ${way}`, { skip }, async (t) => {
    const place = newPlace(t);
    // Without a time limit: a deadlock that is not detected would wait for ever.
    const store = open(place, { lockTimeout: Infinity });
    const other = open(place, { lockTimeout: Infinity });
    for (const inside of [store, other]) {
      const calls = {
        editItem: () => inside.editItem('a', () => 1),
        asyncEdit: () => inside.editItem('a', async () => 1),
        editItems: () => inside.editItems(['b', 'a'], () => []),
        setItem: () => inside.setItem('a', 1),
        updateItem: () => inside.updateItem('a', 1),
        removeItem: () => inside.removeItem('a'),
        viewItem: () => inside.viewItem('a', () => 1),
        clear: () => inside.clear(),
      };
      for (const [name, call] of Object.entries(calls)) {
        const edited = store.editItem('a', async () => {
          await assert.rejects(async () => reach(call), deadlock, name);
          return name;
        });
        assert.equal(await edited, name);
      }
    }
    const own = store.editItem('a', async () => {
      await assert.rejects(async () => reach(() => store.close()), deadlock);
      return 'closed later';
    });
    assert.equal(await own, 'closed later');
    await leaveNothing(place, store, other);
  });
}

test(
  'a deadlock names the keys that the callback holds, of all that the call needs',
  { skip },
  async (t) => {
    const store = await temporaryStore(t);
    await store.setItems(['a', 'b', 'c', 'd'].map((name) => [`part:${name}`, 1]));
    const part = store.sub('part:');
    const error = {
      ...deadlock,
      key: 'part:c',
      message: /^Deadlock: the callback you are in holds the lock of 'part:c'\. /,
    };
    const edit = (call) => part.editItem('c', call);
    await assert.rejects(
      edit(() => part.clear()),
      error,
    );
    await assert.rejects(
      edit(() => part.editItems(['a', 'b', 'c'], (values) => values)),
      error,
    );
  },
);

test(
  'a nested edit may take another key, but nothing inside it the outer key',
  { skip },
  async (t) => {
    const store = temporaryStore(t, { lockTimeout: Infinity });
    const result = await store.editItem('a', async () => {
      const inner = await store.editItem('b', async () => {
        await immediate();
        await store.setItem('c', 'set');
        await assert.rejects(
          store.editItem('a', () => 1),
          deadlock,
        );
        await assert.rejects(store.setItem('b', 1), deadlock);
        await assert.rejects(store.clear(), deadlock);
        return 'inner';
      });
      return [inner, await store.getItem('c'), await store.removeExpiredItems()];
    });
    assert.deepEqual(result, ['inner', 'set', 0]);
  },
);

test(
  'a nested view shares the lock of the outer view, even while an edit waits',
  { skip },
  async (t) => {
    const place = newPlace(t);
    const [store, other] = [1, 2].map(() => open(place, { lockTimeout: Infinity }));
    let begun;
    let goOn;
    const hasBegun = new Promise((resolve) => (begun = resolve));
    const isWaitedFor = new Promise((resolve) => (goOn = resolve));
    const viewing = store.viewItem('a', async () => {
      begun();
      await isWaitedFor;
      const inner = [];
      for (const inside of [store, other]) {
        inner.push(await inside.viewItem('a', async () => inside.viewItem('a', () => 'seen')));
        await assert.rejects(inside.setItem('a', 1), deadlock);
      }
      return inner;
    });
    await hasBegun;
    // They wait for the view, and later views wait for them, except for those nested in the view.
    const edits = [other.editItem('a', () => 1), store.editItem('a', () => 2)];
    await store.setItem('b', 1);
    await other.setItem('b', 1);
    goOn();
    assert.deepEqual(await viewing, ['seen', 'seen']);
    await Promise.all(edits);
    await leaveNothing(place, store, other);
  },
);
