'use strict';

// Removals of several items at once: by their keys, and by the beginning of their keys.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor } = require('../support/actor');
const {
  leaveNothing,
  newPlace,
  open,
  runCode,
  slowness,
  stopClock,
  temporaryStore,
} = require('../support/engine');
const {
  open: openKind,
  temporaryStore: storeOfKind,
  test: testBothKinds,
} = require('../support/kinds');
const { TIMES } = require('../support/random');
const { noStacks } = require('../support/runtime');
const { held } = require('../support/waiting');

const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

testBothKinds('removeItems removes the items of keys, and tells how many there were', async (t) => {
  const place = newPlace(t);
  const store = openKind(place);
  for (const key of ['a', 'b', 'c', 5]) await store.setItem(key, 1);
  assert.equal(await store.removeItems(['a', 'none', 'a', 5]), 2);
  assert.equal(await store.removeItems(new Set(['b'])), 1);
  assert.equal(await store.removeItems([]), 0);
  assert.equal(await store.removeItems(['none']), 0);
  assert.deepEqual(await store.keys(), ['c']);
  await leaveNothing(place, store);
});

testBothKinds(
  'removeItems and clear remove the items whose keys begin with a prefix',
  async (t) => {
    const store = storeOfKind(t);
    const keys = [
      'u:1',
      'u:2',
      'u',
      'v',
      'u:',
      '"',
      '"q',
      '\\',
      '\\n',
      'é',
      'éa',
      '😀',
      '😀😀',
      '\ud83d',
      '',
    ];
    for (const prefix of ['u:', 'u', '"', '\\', 'é', '😀', '\ud83d', '\ud83d\ude00x', 'none', '']) {
      for (const key of keys) await store.setItem(key, 1);
      const begin = (key) => key.startsWith(prefix);
      const rest = keys.filter((key) => !begin(key)).sort();
      assert.equal(await store.removeItems({ prefix }), keys.filter(begin).length, prefix);
      assert.deepEqual((await store.keys()).sort(), rest, prefix);
      assert.equal(await store.removeItems({ prefix }), 0);
      for (const key of keys) await store.setItem(key, 1);
      assert.equal(await store.clear({ prefix }), undefined);
      assert.deepEqual((await store.keys()).sort(), rest, prefix);
    }
  },
);

testBothKinds('wrong items to remove are refused, and nothing is removed', async (t) => {
  const store = storeOfKind(t);
  await store.setItem('a', 1);
  const wrongKeys = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY' };
  for (const keys of [undefined, null, 'a', 5, {}, [{}], [undefined], new Map([['a', 1]])]) {
    await assert.rejects(store.removeItems(keys), wrongKeys);
  }
  const wrongPrefix = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_PREFIX' };
  for (const prefix of [undefined, null, 5, ['a']]) {
    await assert.rejects(store.removeItems({ prefix }), wrongPrefix);
    await assert.rejects(store.clear({ prefix }), wrongPrefix);
  }
  const wrongOption = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' };
  await assert.rejects(store.removeItems({ prefix: 'a', limit: 5 }), wrongOption);
  await assert.rejects(store.clear({ prefix: 'a', limit: 5 }), wrongOption);
  assert.deepEqual(await store.keys(), ['a']);
  await store.clear({});
  assert.deepEqual(await store.keys(), []);
});

test('10 000 items of a prefix are removed by one commit', async (t) => {
  const store = temporaryStore(t);
  const keys = Array.from({ length: 10_000 }, (_, at) => `many:${at}`);
  await Promise.all(keys.map((key) => store.setItem(key, 1)));
  await store.setItem('other', 1);
  const { commits } = await store.stats();
  assert.equal(await store.removeItems({ prefix: 'many:' }), 10_000);
  assert.equal((await store.stats()).commits, commits + 1);
  assert.deepEqual(await store.keys(), ['other']);
  await Promise.all(keys.map((key) => store.setItem(key, 1)));
  const again = (await store.stats()).commits;
  assert.equal(await store.removeItems(keys), 10_000);
  assert.equal((await store.stats()).commits, again + 1);
});

test('expired items are not counted', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a:1', 1, { ttl: 5 });
  await store.setItem('a:2', 1);
  clock.moveTo(clock.now + 10);
  assert.equal(await store.removeItems({ prefix: 'a:' }), 1);
  assert.equal(await store.removeItems(['a:1']), 0);
});

test('a removal sees what calls before it in the same turn did, and calls after it see the removal', async (t) => {
  const store = temporaryStore(t);
  for (const key of ['a:0', 'a:9']) await store.setItem(key, 0);
  const results = await Promise.all([
    store.setItem('a:1', 1),
    store.removeItem('a:0'),
    store.removeItems({ prefix: 'a:' }),
    store.setItem('a:2', 2),
    store.editItem('a:1', (current) => current ?? 'gone'),
    store.clear(),
    store.setItem('a:3', 3),
    store.setItem('b', 3),
    store.removeItems({ prefix: 'a:' }),
    store.removeItems({ prefix: 'a:' }),
  ]);
  assert.deepEqual(
    results.filter((result) => result !== undefined),
    [true, 2, 'gone', 1, 0],
  );
  assert.deepEqual(await store.keys(), ['b']);
});

test('a removal by prefix waits for edits and views of items with the prefix, and for no others', async (t) => {
  const store = temporaryStore(t);
  for (const key of ['a:1', 'a:2', 'b']) await store.setItem(key, 'old');
  const [edit, view, other] = [held(), held(), held()];
  const edited = store.editItem('a:1', edit);
  const viewed = store.viewItem('a:2', view);
  const others = store.editItem('b', other);
  await Promise.all([edit.begun(), view.begun(), other.begun()]);
  let removed;
  const removal = store.removeItems({ prefix: 'a:' }).then((count) => (removed = count));
  await store.clear({ prefix: 'c' });
  edit.finish('new');
  assert.equal(await edited, 'new');
  await store.setItem('c', 1);
  assert.equal(removed, undefined);
  view.finish();
  await viewed;
  assert.equal(await removal, 2);
  assert.deepEqual(await store.keys(), ['b', 'c']);
  other.finish('new');
  assert.equal(await others, 'new');
});

test('a removal by prefix comes after calls of its instance that were made before and wait', async (t) => {
  const store = temporaryStore(t);
  const edit = held();
  // The item is new: no listing has its key yet.
  const edited = store.editItem('a:new', edit);
  await edit.begun();
  const set = store.setItem('a:new', 'set');
  const removal = store.removeItems({ prefix: 'a:' });
  // A turn in which the removal has to wait.
  await store.setItem('b', 1);
  edit.finish('edited');
  await Promise.all([edited, set]);
  assert.equal(await removal, 1);
  assert.deepEqual(await store.keys(), ['b']);
});

test('a removal by prefix waits for edits of other processes', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  for (const key of ['a:1', 'a:2', 'b']) await store.setItem(key, 'old');
  const actor = startActor(t, place);
  const [edit, other, making] = [
    actor.hold('holdEdit', 'a:2'),
    actor.hold('holdEdit', 'b'),
    actor.hold('holdEdit', 'a:new'),
  ];
  await Promise.all([edit.begun, other.begun, making.begun]);
  let removed;
  const removal = store.removeItems({ prefix: 'a:' }).then((count) => (removed = count));
  await store.setItem('c', 1);
  await actor.call('set', 'a:3', 'since then');
  assert.equal(removed, undefined);
  await edit.finish('new');
  // All that are there when it gets its locks.
  assert.equal(await removal, 3);
  // An edit that makes a new item has seen none: it comes after the removal.
  await making.finish('made');
  assert.deepEqual((await store.keys()).sort(), ['a:new', 'b', 'c']);
  await other.finish('new');
  await actor.call('close');
  await leaveNothing(place, store);
});

test('in an edit, items of another prefix can be removed', async (t) => {
  const place = newPlace(t);
  // Without a time limit: a false alarm rejects, and a wait would never end.
  const store = open(place, { lockTimeout: Infinity });
  for (const key of ['a:1', 'b:1', 'b:2']) await store.setItem(key, 1);
  const removed = await store.editItem('a:1', async () => {
    await store.clear({ prefix: 'b:1' });
    return store.removeItems({ prefix: 'b:' });
  });
  assert.equal(removed, 1);
  // An edit that makes a new item has its lock too, but no item that could be removed yet.
  await store.editItem('b:new', async () => {
    await store.clear({ prefix: 'a' });
    return 'made';
  });
  assert.deepEqual(await store.entries(), [['b:new', 'made']]);
  await leaveNothing(place, store);
});

test(
  'an edit that awaits the removal of its own item is a deadlock',
  { skip: noStacks },
  async (t) => {
    const place = newPlace(t);
    const store = open(place, { lockTimeout: Infinity });
    await store.setItem('a:1', 1);
    const ways = [
      () => store.removeItems({ prefix: 'a:' }),
      () => store.removeItems(['b', 'a:1']),
      () => store.clear({ prefix: 'a' }),
      () => store.sub('a:').clear(),
    ];
    for (const remove of ways) {
      const edit = store.editItem('a:1', async () => remove());
      await assert.rejects(edit, deadlock);
    }
    // If it is not awaited, it comes after the edit.
    let removal;
    await store.editItem('a:1', async () => {
      removal = store.removeItems({ prefix: 'a' });
      return 2;
    });
    assert.equal(await removal, 1);
    await leaveNothing(place, store);
  },
);

test('a removal that waits too long names the items and their holder', async (t) => {
  const store = temporaryStore(t, { lockTimeout: 20 });
  await store.setItem('a:1', 1);
  const edit = held();
  const edited = store.editItem('a:1', edit);
  await edit.begun();
  const late = { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /the lock of 'a:1'\. This process/ };
  await assert.rejects(store.removeItems({ prefix: 'a' }), late);
  edit.finish(2);
  await edited;
  assert.equal(await store.removeItems({ prefix: 'a' }), 1);
});

testBothKinds.blocking(
  'a blocking removal by prefix is a deadlock if a callback of the thread has an item of it, and no other',
  async (t) => {
    const place = newPlace(t);
    const [store, other] = [1, 2].map(() => open(place, { lockTimeout: Infinity }));
    for (const key of ['a:1', 'b:1']) await store.setItem(key, 1);
    const edit = held();
    const edited = store.editItem('a:1', edit);
    await edit.begun();
    for (const blocked of [store, other]) {
      assert.throws(() => blocked.removeItemsSync({ prefix: 'a:' }), deadlock);
      assert.throws(() => blocked.clearSync({ prefix: 'a' }), deadlock);
      await blocked.setItem('b:2', 1);
      assert.equal(blocked.removeItemsSync({ prefix: 'b:2' }), 1);
    }
    assert.equal(other.removeItemsSync({ prefix: 'b:' }), 1);
    edit.finish(2);
    await edited;
    store.editItemSync('a:1', () => {
      assert.throws(() => store.removeItemsSync({ prefix: 'b:' }), deadlock);
      return 3;
    });
    assert.equal(other.removeItemsSync({ prefix: 'a:' }), 1);
    await leaveNothing(place, store, other);
  },
);

test('while processes edit items, each that is made is removed once or is left', async (t) => {
  const place = newPlace(t);
  const edits = Math.ceil((300 * TIMES) / slowness);
  const code = `
    const store = open(place, { lockTimeout: 60000 });
    let made = 0;
    const edit = (current) => {
      if (current === undefined) made++;
      return (current ?? 0) + 1;
    };
    const asynchronous = async (current) => {
      await new Promise(setImmediate);
      return edit(current);
    };
    (async () => {
      for (let at = 0; at < ${edits}; at++) {
        const key = (at % 7 === 0 ? 'b:' : 'a:') + Math.floor(Math.random() * 5);
        const calls = [store.editItem(key, at % 2 === 0 ? edit : asynchronous)];
        calls.push(store.editItem(key, edit));
        await Promise.all(calls);
      }
      await store.close();
      console.log(made);
    })();`;
  const store = open(place, { lockTimeout: 60_000 });
  let running = 3;
  const processes = Array.from({ length: running }, () =>
    runCode(place, code).finally(() => running--),
  );
  let removed = 0;
  while (running > 0) {
    removed += await store.removeItems({ prefix: 'a:' });
    removed += await store.removeItems(['b:1', 'b:2']);
  }
  let made = 0;
  for (const { stdout, code: exitCode } of await Promise.all(processes)) {
    assert.equal(exitCode, 0);
    made += Number(stdout);
  }
  assert.ok(removed > 0);
  assert.equal(removed + (await store.length()), made);
  await leaveNothing(place, store);
});

testBothKinds.blocking(
  'a blocking removal by prefix waits for an edit of another process',
  async (t) => {
    const place = newPlace(t);
    const store = open(place);
    for (const key of ['a:1', 'a:2', 'b']) await store.setItem(key, 'old');
    const actor = startActor(t, place);
    const edit = actor.hold('holdEdit', 'a:2');
    assert.equal(await edit.begun, 'old');
    // The process ends the edit while this thread blocks.
    const edited = edit.finish('new');
    assert.equal(store.removeItemsSync({ prefix: 'a:' }), 2);
    assert.equal(await edited, 'new');
    assert.deepEqual(store.keysSync(), ['b']);
    await actor.call('close');
    await leaveNothing(place, store);
  },
);
