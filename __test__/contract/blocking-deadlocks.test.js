'use strict';

// A blocking call that would wait for the event loop throws at once, and no other does.

const assert = require('node:assert/strict');
const { leaveNothing, newPlace, open, temporaryStore } = require('../support/engine');
const {
  test: { blocking: test },
} = require('../support/kinds');
const { held, until } = require('../support/waiting');

// Without a time limit: a deadlock that is not detected would wait for ever.
const options = { lockTimeout: Infinity };
const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };
const noPromise = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_CALLBACK' };

/** The blocking calls that change item `key`, each as a function of a store. */
const changesOf = (key) => ({
  setItemSync: (store) => store.setItemSync(key, 'blocking'),
  updateItemSync: (store) => store.updateItemSync(key, 'blocking'),
  editItemSync: (store) => store.editItemSync(key, () => 'blocking'),
  editItemsSync: (store) => store.editItemsSync(['other', key], () => [[key, 'blocking']]),
  removeItemSync: (store) => store.removeItemSync(key),
  removeItemsSync: (store) => store.removeItemsSync(['other', key]),
  clearSync: (store) => store.clearSync(),
});

/** The calls that run a synchronous callback, each as a function of a store and the callback. */
const CALLBACKS = {
  editItem: (store, callback) => store.editItem('a', callback),
  editItems: (store, callback) => store.editItems(['a'], () => [['a', callback()]]),
  viewItem: (store, callback) => store.viewItem('a', callback),
  editItemSync: (store, callback) => store.editItemSync('a', callback),
  editItemsSync: (store, callback) => store.editItemsSync(['a'], () => [['a', callback()]]),
};

for (const [name, begin] of Object.entries(CALLBACKS)) {
  test(`in the callback of ${name} a blocking change of the same store is a deadlock`, async (t) => {
    const place = newPlace(t);
    const store = open(place, options);
    await store.setItem('a', 'before');
    const other = open(place, options);
    await other.init();
    const unopened = open(place, options);
    let count = 0;
    await begin(store, () => {
      for (const inside of [store, other, unopened]) {
        for (const key of ['a', 'b']) {
          for (const [call, change] of Object.entries(changesOf(key))) {
            assert.throws(() => change(inside), deadlock, `${call} of ${key}`);
            count++;
          }
        }
        assert.throws(() => store.closeSync(), deadlock);
      }
      return 'after';
    });
    assert.equal(count, 42);
    assert.deepEqual(await store.entries(), [['a', name === 'viewItem' ? 'before' : 'after']]);
    store.setItemSync('b', 'later');
    assert.equal(
      other.editItemSync('b', (current) => `${current} on`),
      'later on',
    );
    await leaveNothing(place, store, other, unopened);
  });
}

test('in a codec that runs in a turn a blocking change is a deadlock', async (t) => {
  let inside = () => {};
  const stringify = (value) => {
    inside();
    return JSON.stringify(value);
  };
  const store = temporaryStore(t, { ...options, stringify, parse: JSON.parse });
  await store.setItem('a', 1);
  let isRefused;
  inside = () => {
    inside = () => {};
    assert.throws(() => store.setItemSync('b', 1), deadlock);
    isRefused = true;
  };
  assert.equal(await store.editItem('a', (current) => current + 1), 2);
  assert.ok(isRefused);
  // Here the codec runs before the turn.
  inside = () => {
    inside = () => {};
    store.setItemSync('b', 'set inside');
  };
  store.setItemSync('a', 3);
  assert.deepEqual(await store.entries(), [
    ['a', 3],
    ['b', 'set inside'],
  ]);
});

test('a blocking call in a callback of a store in another folder works', async (t) => {
  const [store, elsewhere] = [1, 2].map(() => temporaryStore(t, options));
  const waiting = elsewhere.setItem('x', 'made before');
  const result = store.editItemSync('a', () => {
    elsewhere.editItemSync('x', (current) => `${current}, edited`);
    return elsewhere.getItemSync('x');
  });
  assert.equal(result, 'made before, edited');
  await waiting;
  const awaited = await store.editItem('a', async (current) => {
    elsewhere.setItemSync('y', current);
    assert.throws(() => elsewhere.editItemSync('y', async () => 'never'), noPromise);
    await null;
    // The deadlock is still seen from the later part, as the callback's context is.
    await assert.rejects(store.setItem('a', 'never'), deadlock);
    return elsewhere.editItemSync('y', (y) => `${y}!`);
  });
  assert.equal(awaited, 'made before, edited!');
});

test('an item that a callback of this thread leases is a deadlock, and others are not', async (t) => {
  const place = newPlace(t);
  const [store, other] = [1, 2].map(() => open(place, options));
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  for (const inside of [store, other]) {
    for (const [call, change] of Object.entries(changesOf('a'))) {
      assert.throws(() => change(inside), deadlock, call);
    }
    inside.setItemSync('b', 1);
    inside.editItemSync('b', (current) => current + 1);
    inside.removeItemSync('b');
  }
  edit.finish('edited');
  assert.equal(await editing, 'edited');
  for (const change of Object.values(changesOf('a'))) change(other);
  await leaveNothing(place, store, other);
});

test('a view that is pending keeps its item from blocking calls', async (t) => {
  const store = temporaryStore(t, options);
  const view = held();
  const viewing = store.viewItem('a', view);
  await view.begun();
  assert.throws(() => store.editItemSync('a', () => 1), deadlock);
  view.finish('seen');
  assert.equal(await viewing, 'seen');
  assert.equal(
    store.editItemSync('a', () => 1),
    1,
  );
});

test('in the later part of an asynchronous callback other items can be changed', async (t) => {
  const store = temporaryStore(t, options);
  await store.editItem('a', async () => {
    await null;
    store.setItemSync('b', 'set');
    assert.throws(() => store.setItemSync('a', 'never'), deadlock);
    assert.throws(() => store.clearSync(), deadlock);
    return store.getItemSync('b');
  });
  assert.equal(await store.getItem('a'), 'set');
});

test('an earlier awaited edit that turns out to be asynchronous is a deadlock for its item', async (t) => {
  const store = temporaryStore(t, options);
  const edit = held();
  const calls = [store.editItem('a', edit), store.setItem('b', 'first')];
  // The turn of the blocking call runs the edit, which leases the item.
  assert.throws(() => store.setItemSync('a', 'blocking'), deadlock);
  assert.ok(edit.hasBegun);
  store.setItemSync('b', 'blocking');
  edit.finish('edited');
  await Promise.all(calls);
  assert.deepEqual(await store.entries(), [
    ['a', 'edited'],
    ['b', 'blocking'],
  ]);
});

test('a callback whose promise has settled is finished by the next blocking call', async (t) => {
  const store = temporaryStore(t, options);
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  edit.finish('edited');
  // Microtasks later the result is in the queue, and its turn comes only after the microtasks.
  for (let microtask = 0; microtask < 20; microtask++) await null;
  assert.equal(
    store.editItemSync('a', (current) => `${current} and blocking`),
    'edited and blocking',
  );
  assert.equal(await editing, 'edited');
});

test('blocking calls need no place among many callbacks, unless an earlier call of the item does', async (t) => {
  const store = temporaryStore(t, options);
  const edits = Array.from({ length: 256 }, () => held());
  const calls = edits.map((edit, at) => store.editItem(`leased ${at}`, edit));
  await until(() => edits.every(({ hasBegun }) => hasBegun));
  assert.equal(
    store.editItemSync('a', () => 1),
    1,
  );
  const late = held();
  calls.push(store.editItem('late', late));
  assert.throws(() => store.setItemSync('late', 'blocking'), deadlock);
  for (const edit of edits) edit.finish(1);
  await late.begun();
  late.finish('late');
  await Promise.all(calls);
  assert.equal(store.getItemSync('late'), 'late');
});

test('a blocking call does not wait for a clear that waits for a callback', async (t) => {
  const store = temporaryStore(t, options);
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const cleared = store.clear();
  await store.setItem('b', 'before');
  assert.equal(
    store.editItemSync('b', (current) => `${current} and blocking`),
    'before and blocking',
  );
  edit.finish('edited');
  await Promise.all([editing, cleared]);
  assert.equal(store.lengthSync(), 0);
});

test('closeSync ends what waits; it closes nothing while a callback is pending', async (t) => {
  const place = newPlace(t);
  const store = open(place, options);
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const waiting = [store.setItem('b', 1), store.setItem('a', 'later')];
  assert.throws(() => store.closeSync(), deadlock);
  edit.finish('edited');
  await Promise.all([editing, ...waiting]);
  const last = [store.setItem('c', 3), store.editItem('a', (current) => `${current}!`)];
  store.closeSync();
  assert.deepEqual(await Promise.all(last), [undefined, 'later!']);
  await assert.rejects(store.setItem('a', 1), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  const next = open(place, options);
  assert.deepEqual(Object.fromEntries(next.entriesSync()), { a: 'later!', b: 1, c: 3 });
  await leaveNothing(place, next);
});

test('closeSync closes nothing while a call waits for a callback of another instance', async (t) => {
  const place = newPlace(t);
  const [store, other] = [1, 2].map(() => open(place, options));
  const edit = held();
  const editing = other.editItem('a', edit);
  await edit.begun();
  const waiting = [store.setItem('b', 1), store.editItem('a', (current) => `${current} on`)];
  assert.throws(() => store.closeSync(), deadlock);
  assert.equal(store.getItemSync('b'), 1);
  edit.finish('edited');
  assert.equal(await editing, 'edited');
  assert.deepEqual(await Promise.all(waiting), [undefined, 'edited on']);
  store.closeSync();
  await leaveNothing(place, other);
});

test('a callback of a blocking call that returns a promise is refused', async (t) => {
  const store = temporaryStore(t, options);
  store.setItemSync('a', 'before');
  const unhandled = [];
  const listener = (error) => unhandled.push(error);
  process.on('unhandledRejection', listener);
  t.after(() => process.off('unhandledRejection', listener));
  let thens = 0;
  const thenable = { then: () => thens++ };
  const callbacks = {
    async: async () => 'never',
    'that rejects': async () => {
      throw new Error('mine');
    },
    'of a promise': () => Promise.resolve('never'),
    'of a thenable': () => thenable,
  };
  for (const [name, callback] of Object.entries(callbacks)) {
    assert.throws(() => store.editItemSync('a', callback), { ...noPromise, key: 'a' }, name);
    assert.throws(() => store.editItemsSync(['a', 'b'], callback), noPromise, name);
  }
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
  assert.equal(thens, 0);
  assert.deepEqual(store.entriesSync(), [['a', 'before']]);
  assert.equal(await store.editItem('a', async () => 'awaited'), 'awaited');
});

test('errors of callbacks, also ones that are no errors, are thrown, and nothing is stored', async (t) => {
  const store = temporaryStore(t, options);
  for (const thrown of [new Error('mine'), undefined, null, 'text']) {
    let caught = 'nothing';
    try {
      store.editItemSync('a', () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thrown);
  }
  assert.deepEqual(store.entriesSync(), []);
});
