'use strict';

// The states of a call. A change of state that is impossible is a fault of this library: the call rejects, and does not hang.

const assert = require('node:assert/strict');
const test = require('node:test');
const { temporaryStore } = require('../support/stores');
const { Call } = require('../../lib/calls/call');
const { KeysCall } = require('../../lib/calls/keys-call');
const { Suspended } = require('../../lib/calls/suspended');
const { PrefixCall } = require('../../lib/calls/prefix-call');

const fault = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_INTERNAL' };

/** Makes a call that answers with `answer`, and its promise. */
function begin(answer) {
  const call = new KeysCall(['a'], () => answer, { timeout: 1000 });
  return { call, promise: call.promise() };
}

test('a call resolves with its result once its turn is committed', async () => {
  const { call, promise } = begin('result');
  assert.equal(call.state, 'waiting');
  assert.equal(call.start({}), undefined);
  assert.equal(call.state, 'running');
  call.committed();
  assert.equal(call.state, 'committed');
  assert.equal(call.resolve(), true);
  assert.equal(call.state, 'settled');
  assert.equal(await promise, 'result');
});

test('a call with an asynchronous callback keeps its keys until they are released', async () => {
  const take = (resolved) => {
    assert.equal(call.state, 'leased');
    return `${resolved}, taken`;
  };
  const finish = (turn, taken) => `${taken} and stored in ${turn}`;
  const suspended = new Suspended(Promise.resolve(), take, finish);
  const { call, promise } = begin(suspended);
  assert.equal(call.start({}), suspended);
  call.lease();
  assert.deepEqual([call.state, call.isLeased], ['leased', true]);
  call.finishing(suspended, 'resolved');
  assert.deepEqual([call.state, call.isLeased], ['finishing', true]);
  call.finish('a later turn');
  call.committed();
  assert.deepEqual([call.state, call.isLeased], ['committed', true]);
  call.release();
  assert.equal(call.isLeased, false);
  call.resolve();
  assert.equal(await promise, 'resolved, taken and stored in a later turn');
});

test('a call whose lease failed has rejected, and keeps its keys while its callback runs', async () => {
  const { call, promise } = begin(new Suspended(Promise.resolve()));
  call.start({});
  call.lease();
  assert.equal(call.reject(new Error('no lease')), true);
  assert.deepEqual([call.state, call.isLeased], ['settled', true]);
  await assert.rejects(promise, { message: 'no lease' });
});

test('a view settles with the result of its promise, without a turn', async () => {
  const { call, promise } = begin(new Suspended(Promise.resolve()));
  call.start({});
  call.lease();
  call.resolve('seen');
  assert.equal(await promise, 'seen');
});

test('a call settles once', async () => {
  const { call, promise } = begin();
  assert.equal(call.reject(new Error('first')), true);
  assert.equal(call.reject(new Error('second')), false);
  assert.equal(call.resolve('third'), false);
  await assert.rejects(promise, { message: 'first' });
});

/** The steps that bring a call into each state, and the methods that are possible there. */
const STATES = {
  waiting: { steps: [], possible: ['start'] },
  running: { steps: ['start'], possible: ['lease', 'committed'] },
  leased: { steps: ['start', 'lease'], possible: ['finishing'] },
  finishing: { steps: ['start', 'lease', 'finishing'], possible: ['finish', 'committed'] },
  committed: { steps: ['start', 'committed'], possible: [] },
  settled: { steps: ['reject'], possible: [] },
};
const METHODS = ['start', 'lease', 'finishing', 'finish', 'committed'];
const SUSPENDED = new Suspended(
  Promise.resolve(),
  () => {},
  () => {},
);

for (const [state, { steps, possible }] of Object.entries(STATES)) {
  test(`in state ${state} a call can ${possible.join(' and ') || 'only settle'}`, async () => {
    for (const method of METHODS) {
      const { call, promise } = begin();
      promise.catch(() => {});
      for (const step of steps) call[step](SUSPENDED);
      assert.equal(call.state, state);
      const change = () => call[method](SUSPENDED);
      if (possible.includes(method)) change();
      else assert.throws(change, fault, method);
    }
  });
}

test('a call without a result rejects where it should resolve', async () => {
  for (const steps of [[], ['start'], ['start', 'lease', 'finishing']]) {
    const { call, promise } = begin();
    for (const step of steps) call[step](SUSPENDED);
    call.resolve();
    await assert.rejects(promise, fault);
  }
});

/** Makes a method of every call do nothing, as if the engine did not call it. */
function leaveOut(t, method) {
  t.mock.method(Call.prototype, method, () => {});
}

test('a step that an engine leaves out rejects the calls, and no call hangs', async (t) => {
  for (const method of ['committed', 'lease', 'finishing']) {
    await t.test(method, async (st) => {
      const store = temporaryStore(st);
      leaveOut(st, method);
      await assert.rejects(
        store.editItem('a', async () => 1),
        fault,
      );
      st.mock.restoreAll();
      assert.equal(await store.editItem('a', async () => 2), 2);
      assert.equal(await store.editItem('a', () => 3), 3);
    });
  }
});

test('a call by prefix waits for a callback around it once it needs a key of the callback', () => {
  const [outer, call] = [new KeysCall(['a:1'], () => {}, {}), new PrefixCall('a:', {})];
  for (const each of [outer, call]) each.owner = { folder: 'the same' };
  outer.isLeased = true;
  call.madeIn = [outer];
  // Until a turn has looked, any key may be one of its keys; its wait is one for the turn.
  assert.ok(outer.excludes(call));
  assert.deepEqual(call.holdersAround, []);
  call.choose(['a:2']);
  assert.deepEqual(call.holdersAround, []);
  call.choose(['a:1', 'a:2']);
  assert.deepEqual(call.holdersAround, [outer]);
});

test('calls of many keys overlap if they share one, and are not compared key by key', () => {
  const of = (...keys) => {
    const call = new KeysCall(keys, () => {}, { timeout: 1000 });
    call.owner = { folder: 'folder' };
    return call;
  };
  const many = of('a', 'b', 'c');
  assert.deepEqual(
    [of('b'), of('d'), of('c', 'd'), of('d', 'e'), of()].map((call) => [
      call.overlaps(many),
      many.overlaps(call),
    ]),
    [
      [true, true],
      [false, false],
      [true, true],
      [false, false],
      [false, false],
    ],
  );
  many.keyTexts.includes = () => assert.fail('compared key by key');
  assert.equal(of('d', 'e').overlaps(many), false);
});
