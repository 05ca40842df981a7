'use strict';

// getOrSet: the item that is there, or the one that `make` makes under the key's lock.

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { startActor } = require('../support/actor');
const { REMOVE, leaveNothing, newPlace, stopClock } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');
const { held } = require('../support/waiting');

const never = () => assert.fail('made although it is there');

test('getOrSet gives what is there, and otherwise what it makes and stores', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.getOrSet('a', () => 1), 1);
  assert.equal(await store.getOrSet('a', never), 1);
  assert.equal(await store.getItem('a'), 1);
  assert.deepEqual(await store.getOrSet('b', async () => ({ at: new Date(0) })), {
    at: '1970-01-01T00:00:00.000Z',
  });
  for (const falsy of [0, '', false, null]) {
    await store.setItem('falsy', falsy);
    assert.equal(await store.getOrSet('falsy', never), falsy);
  }
  assert.equal(await store.getOrSet(7, () => 'seven'), 'seven');
  assert.equal(await store.getItem('7'), 'seven');
});

test('each caller gets its own copy', async (t) => {
  const store = temporaryStore(t);
  const made = { n: 1 };
  (await store.getOrSet('a', () => made)).n = 2;
  made.n = 3;
  (await store.getOrSet('a', never)).n = 4;
  assert.deepEqual(await store.getOrSet('a', never), { n: 1 });
});

test('a getOrSet of an item that is there makes no commit and takes no lock', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', 1);
  const messages = [];
  const gather = (message) => messages.push(message);
  for (const name of ['commit', 'wait']) {
    subscribe(`persist-lock:${name}`, gather);
    t.after(() => unsubscribe(`persist-lock:${name}`, gather));
  }
  const holder = open(place, undefined, 'awaited');
  const callback = held();
  const edit = holder.editItem('a', callback);
  await callback.begun();
  assert.equal(await store.getOrSet('a', never, { timeout: 0 }), 1);
  assert.deepEqual(messages, []);
  callback.finish(2);
  await edit;
  assert.equal(await store.getOrSet('a', never), 2);
  await leaveNothing(place, store, holder);
});

test('a make without a value is refused by its name', async (t) => {
  const store = temporaryStore(t);
  const expected = {
    name: 'TypeError',
    code: 'ERR_PERSIST_LOCK_INVALID_VALUE',
    key: 'a',
    message: /^`make` returned/,
  };
  for (const value of [undefined, REMOVE]) {
    await assert.rejects(
      store.getOrSet('a', () => value),
      expected,
    );
    await assert.rejects(
      store.getOrSet('a', async () => value),
      expected,
    );
  }
  await assert.rejects(
    store.getOrSet('a', () => 1n),
    { ...expected, message: /'a'/ },
  );
  assert.equal(await store.hasItem('a'), false);
});

test('wrong arguments are refused, also if the item is there', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  await assert.rejects(store.getOrSet({}, never), { code: 'ERR_PERSIST_LOCK_INVALID_KEY' });
  for (const make of [undefined, 5, {}]) {
    await assert.rejects(store.getOrSet('a', make), {
      code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK',
      message: /"make"/,
    });
  }
  for (const options of [5, { tll: 1 }, { timeout: -1 }, { signal: {} }]) {
    await assert.rejects(store.getOrSet('a', never, options), {
      code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
    });
  }
  for (const ttl of ['1h', -1, NaN, new Date(0)]) {
    await assert.rejects(store.getOrSet('a', never, { ttl }), {
      code: 'ERR_PERSIST_LOCK_INVALID_TTL',
    });
  }
});

test('a span of time begins when the item has been made', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  await store.init();
  let { now } = clock;
  const make = () => {
    clock.moveTo((now += 10_000));
    return 'made';
  };
  const DAY = 24 * 60 * 60 * 1000;
  for (const [ttl, span] of [
    [1000, 1000],
    [true, DAY],
    [() => 1000, 1000],
  ]) {
    assert.equal(await store.getOrSet('a', make, { ttl }), 'made');
    assert.equal(Number(await store.getExpiry('a')), now + span);
    await store.removeItem('a');
  }
  for (const ttl of [0, null, false, Infinity]) {
    await store.getOrSet('a', make, { ttl });
    assert.equal(await store.getExpiry('a'), null);
    await store.removeItem('a');
  }
  const moment = new Date(now + 60_000);
  await store.getOrSet('a', make, { ttl: moment });
  assert.deepEqual(await store.getExpiry('a'), moment);
});

test.awaited('calls that wait get an item that took longer to make than it lasts', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t);
  let { now } = clock;
  let made = 0;
  const make = async () => {
    await new Promise(setImmediate);
    clock.moveTo((now += 10_000));
    return ++made;
  };
  const calls = [1, 2, 3].map(() => store.getOrSet('a', make, { ttl: 1000 }));
  assert.deepEqual(await Promise.all(calls), [1, 1, 1]);
});

test.awaited('of many calls at once one makes the item', async (t) => {
  const place = newPlace(t);
  const stores = [open(place), open(place)];
  let made = 0;
  const make = async () => {
    await new Promise(setImmediate);
    return ++made;
  };
  const calls = Array.from({ length: 100 }, (_, at) => stores[at % 2].getOrSet('a', make));
  assert.deepEqual(new Set(await Promise.all(calls)), new Set([1]));
  assert.equal(made, 1);
  await leaveNothing(place, ...stores);
});

test.awaited('of ten processes one makes the item', async (t) => {
  const place = newPlace(t);
  const actors = Array.from({ length: 10 }, () => startActor(t, place));
  const makes = actors.map((actor) => actor.hold('holdMake', 'key'));
  const first = await Promise.race(makes.map(({ begun }, at) => begun.then(() => at)));
  await makes[first].finish('made once');
  const results = await Promise.all(makes.map(({ promise }) => promise));
  assert.deepEqual(results, Array(10).fill('made once'));
  const counts = await Promise.all(actors.map((actor) => actor.call('makes')));
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    1,
  );
  for (const actor of actors) await actor.call('close');
  await leaveNothing(place);
});

test.awaited(
  'an error of make rejects its own call, and the next one makes the item',
  async (t) => {
    const place = newPlace(t);
    const [one, other] = [open(place), open(place)];
    const thrown = new Error('mine');
    const callback = held();
    const failing = one.getOrSet('a', callback);
    await callback.begun();
    const waiting = [one.getOrSet('a', () => 'second'), other.getOrSet('a', () => 'third')];
    callback.fail(thrown);
    await assert.rejects(failing, (error) => error === thrown);
    const [here, there] = await Promise.all(waiting);
    assert.equal(here, there);
    assert.equal(await one.getItem('a'), here);
    await leaveNothing(place, one, other);
  },
);

test.awaited('a getOrSet of a missing item waits for its lock for its own time', async (t) => {
  const store = temporaryStore(t);
  const callback = held();
  const edit = store.editItem('a', callback);
  await callback.begun();
  const late = store.getOrSet('a', never, { timeout: 1 });
  await assert.rejects(late, { code: 'ERR_PERSIST_LOCK_TIMEOUT' });
  const reason = new Error('no longer');
  const controller = new AbortController();
  const aborted = store.getOrSet('a', never, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  callback.finish(1);
  await edit;
  assert.equal(await store.getOrSet('a', never), 1);
});

test.awaited('a getOrSet of the item that its own callback makes is a deadlock', async (t) => {
  const store = temporaryStore(t);
  const inside = store.getOrSet('a', async () => store.getOrSet('a', () => 1));
  await assert.rejects(inside, { code: 'ERR_PERSIST_LOCK_DEADLOCK' });
  const other = store.getOrSet('a', async () => (await store.getOrSet('b', () => 1)) + 1);
  assert.equal(await other, 2);
});
