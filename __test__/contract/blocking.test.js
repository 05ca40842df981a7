'use strict';

// Blocking calls beside awaited ones: their order, and the end of a store that is closed without
// the event loop.

const assert = require('node:assert/strict');
const { leaveNothing, newPlace, open, temporaryStore } = require('../support/engine');
const {
  test: { blocking: test },
} = require('../support/kinds');
const { held } = require('../support/waiting');

const closed = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_CLOSED' };
const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

const CALLS = {
  initSync: [],
  getItemSync: ['a'],
  hasItemSync: ['a'],
  setItemSync: ['a', 2],
  updateItemSync: ['a', 2],
  editItemSync: ['a', () => 2],
  editItemsSync: [['a'], () => [['a', 2]]],
  removeItemSync: ['a'],
  clearSync: [],
  keysSync: [],
  valuesSync: [],
  entriesSync: [],
  lengthSync: [],
};

test('awaited calls take effect before the blocking calls made after them', async (t) => {
  const store = temporaryStore(t);
  const seen = [];
  const note = (mark) => (current) => {
    seen.push(`${mark}: ${current}`);
    return mark;
  };
  const calls = [store.setItem('a', 0), store.editItem('a', note(1)), store.setItem('b', 'other')];
  assert.equal(store.editItemSync('a', note(2)), 2);
  calls.push(store.editItem('a', note(3)));
  assert.equal(store.getItemSync('a'), 2, 'a read waits for nothing');
  assert.equal(store.getItemSync('b'), 'other');
  store.updateItemSync('a', 4);
  assert.deepEqual(seen, ['1: 0', '2: 1', '3: 2']);
  calls.push(store.removeItem('a'));
  assert.deepEqual(store.editItemsSync(['a'], (items) => [['a', [items.get('a')]]]).get('a'), [
    null,
  ]);
  assert.deepEqual(await Promise.all(calls), [undefined, 1, undefined, 3, true]);
});

test('reads of a blocking call see it at once, in every instance', async (t) => {
  const place = newPlace(t);
  const [store, other] = [open(place).initSync(), open(place)];
  for (let count = 0; count < 200; count++) {
    assert.equal(other.getItemSync('a'), count || undefined);
    assert.equal(
      store.editItemSync('a', (current = 0) => current + 1),
      count + 1,
    );
    assert.equal(store.getItemSync('a'), count + 1);
    assert.deepEqual(other.entriesSync(), [['a', count + 1]]);
    assert.equal(other.lengthSync(), 1);
  }
  assert.equal(await other.getItem('a'), 200);
  await leaveNothing(place, store, other);
});

test('a call does not run once its signal is aborted, in a blocking call of a listener either', async (t) => {
  const store = temporaryStore(t);
  const controller = new AbortController();
  const { signal } = controller;
  // Before the call listens itself.
  signal.addEventListener('abort', () => store.setItemSync('b', 'blocking'));
  let hasRun = false;
  const mark = () => {
    hasRun = true;
    return 'never';
  };
  const edit = store.editItem('a', mark, { signal });
  controller.abort();
  await assert.rejects(edit, { name: 'AbortError' });
  assert.equal(hasRun, false);
  assert.deepEqual(store.entriesSync(), [['b', 'blocking']]);
});

test('a signal ends a blocking call before its callback runs, and nothing ends the callback', async (t) => {
  const store = temporaryStore(t);
  const reason = new Error('mine');
  const isReason = (error) => error === reason;
  const never = () => assert.fail('the callback ran');
  const aborted = { signal: AbortSignal.abort(reason) };
  assert.throws(() => store.editItemSync('a', never, aborted), isReason);

  const early = new AbortController();
  const abort = () => {
    early.abort(reason);
    return 'before';
  };
  const before = store.editItem('a', abort);
  assert.throws(() => store.editItemSync('a', never, { signal: early.signal }), isReason);
  assert.equal(await before, 'before');

  const late = new AbortController();
  const edit = (current) => {
    late.abort(reason);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return `${current}, edited`;
  };
  const options = { signal: late.signal, timeout: 1 };
  assert.equal(store.editItemSync('a', edit, options), 'before, edited');
  assert.equal(store.getItemSync('a'), 'before, edited');
});

test('a read-only store reads, and throws for every change', (t) => {
  const place = newPlace(t);
  const writer = open(place);
  writer.setItemSync('a', 1);
  writer.closeSync();
  const store = open(place, { readOnly: true });
  const reads = { getItemSync: 1, hasItemSync: true, keysSync: ['a'], valuesSync: [1] };
  for (const [name, args] of Object.entries(CALLS)) {
    if (Object.hasOwn(reads, name)) assert.deepEqual(store[name](...args), reads[name]);
    if (!/^(set|update|edit|remove|clear)/.test(name)) continue;
    assert.throws(() => store[name](...args), { code: 'ERR_PERSIST_LOCK_READ_ONLY' }, name);
  }
  store.closeSync();
});

test('after closeSync every call fails, except for close and closeSync', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  store.setItemSync('a', 1);
  assert.equal(store.closeSync(), undefined);
  for (const [name, args] of Object.entries(CALLS)) {
    assert.throws(() => store[name](...args), closed, name);
    await assert.rejects(store[name.replace('Sync', '')](...args), closed, name);
  }
  store.closeSync();
  await store.close();
  await leaveNothing(place);
});

test('closeSync ends the awaited calls that were made before, whose promises settle later', async (t) => {
  for (const isOpen of [true, false]) {
    for (const durability of ['disk', 'os']) {
      const place = newPlace(t);
      const store = open(place, { durability });
      if (isOpen) await store.init();
      const thrown = new Error('mine');
      const calls = [
        ...Array.from({ length: 100 }, (_, at) => store.setItem(`key ${at}`, at)),
        store.editItem('key 0', () => 'edited'),
        store.removeItem('key 1'),
        store.viewItem('key 2', (current) => current),
      ];
      const failing = store.editItem('a', () => {
        throw thrown;
      });
      const refused = store.editItem('inner', () => assert.fail(store.setItemSync('b', 1)));
      store.closeSync();
      const again = open(place);
      assert.equal(again.lengthSync(), 99);
      assert.equal(again.getItemSync('key 0'), 'edited');
      assert.deepEqual((await Promise.all(calls)).slice(100), ['edited', true, 2]);
      await assert.rejects(failing, (error) => error === thrown);
      await assert.rejects(refused, closed);
      await store.close();
      await leaveNothing(place, again);
    }
  }
});

test('closeSync throws, and closes nothing, while an asynchronous callback runs', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const edit = held();
  const editing = store.editItem('a', edit);
  assert.throws(() => store.closeSync(), deadlock, 'its callback begins now');
  assert.equal(edit.hasBegun, true);
  assert.throws(() => store.closeSync(), deadlock);
  store.setItemSync('b', 1);
  edit.finish('edited');
  assert.equal(await editing, 'edited');
  store.closeSync();
  await leaveNothing(place);
});

test('closeSync ends a close that is under way', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const set = store.setItem('a', 1);
  const closing = store.close();
  store.closeSync();
  const again = open(place);
  assert.equal(again.getItemSync('a'), 1);
  await Promise.all([set, closing]);
  await leaveNothing(place, again);
});

test('at closeSync, listings that have begun go on, and reads that wait for the opening reject', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const all = Array.from({ length: 2000 }, (_, at) => [`key ${at + 1000}`, 'x'.repeat(500)]);
  store.editItemsSync(
    all.map(([key]) => key),
    () => all,
  );
  const entries = store.entries();
  const count = store.length({ prefix: 'key 19' });
  const iteration = store[Symbol.asyncIterator]();
  const { value: first } = await iteration.next();
  const unopened = open(place);
  const reads = Promise.allSettled([unopened.getItem('a'), unopened.keys(), unopened.init()]);
  unopened.closeSync();
  store.closeSync();
  assert.deepEqual(await entries, all);
  assert.equal(await count, 100);
  const rest = [];
  for await (const entry of iteration) rest.push(entry);
  assert.deepEqual([first, ...rest], all);
  for (const { reason } of await reads) assert.equal(reason?.code, closed.code);
  await leaveNothing(place);
});

test('closeSync ends a removal of expired items', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  store.setItemSync('a', 1, { ttl: 1 });
  while (store.hasItemSync('a'));
  const removed = store.removeExpiredItems();
  store.closeSync();
  assert.equal(await removed, 1);
  await leaveNothing(place);
});
