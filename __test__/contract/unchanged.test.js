'use strict';

// Calls that leave their items as they are: they make no commit. A commit shows by its message on
// the diagnostics channel.

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { REMOVE, newPlace, stopClock } = require('../support/engine');
const { open, temporaryStore, test } = require('../support/kinds');

const COMMIT = 'persist-lock:commit';
const TOKEN = { access: 'x'.repeat(100), scopes: ['read', 'write'], uses: 1.5 };
/** Keys that the engine may have to look up in different ways. */
const KEYS = ['token', '', '"quoted"\n', '\ud800', 'k'.repeat(5000)];

/** Gathers the keys of each commit, and the word `cleared`. */
function gatherCommits(t) {
  const gathered = [];
  const gather = ({ keys, cleared }) => gathered.push(cleared ? ['cleared', ...keys] : keys);
  subscribe(COMMIT, gather);
  t.after(() => unsubscribe(COMMIT, gather));
  return gathered;
}

const same = (current) => current;
const sameLater = async (current) => current;

test('1 000 edits of a token that is there make no commit', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('token', TOKEN, { ttl: 3_600_000 });
  const commits = gatherCommits(t);
  const edits = [];
  for (let count = 0; count < 500; count++) {
    assert.deepEqual(await store.editItem('token', same), TOKEN);
    edits.push(store.editItem('token', () => TOKEN));
  }
  for (const edited of await Promise.all(edits)) assert.deepEqual(edited, TOKEN);
  assert.deepEqual(commits, []);
});

test('every call that leaves its items as they are makes no commit', async (t) => {
  const { now } = stopClock(t);
  const pair = { stringify: JSON.stringify, parse: JSON.parse };
  for (const options of [{}, pair]) {
    const store = temporaryStore(t, { ...options, expiredInterval: false });
    for (const key of KEYS) {
      await store.setItem(key, TOKEN);
      await store.setItem(`${key} expires`, TOKEN, { ttl: new Date(now + 5000) });
    }
    const before = await store.entries();
    const commits = gatherCommits(t);
    for (const key of KEYS) {
      for (const [there, ttl] of [
        [key, null],
        [`${key} expires`, new Date(now + 5000)],
      ]) {
        assert.deepEqual(await store.editItem(there, same), TOKEN);
        assert.deepEqual(await store.editItem(there, sameLater), TOKEN);
        assert.deepEqual(await store.editItem(there, same, { ttl }), TOKEN);
        assert.deepEqual(await store.editItem(there, sameLater, { ttl: () => ttl }), TOKEN);
        assert.deepEqual([...(await store.editItems([there], same)).values()], [TOKEN]);
        assert.deepEqual([...(await store.editItems([there], sameLater)).values()], [TOKEN]);
        await store.updateItem(there, TOKEN);
        await store.updateItem(there, TOKEN, { ttl });
        assert.equal(await store.touch(there, ttl), true);
        assert.deepEqual(await store.getOrSet(there, () => 'new'), TOKEN);
      }
      const missing = `${key} missing`;
      assert.equal(await store.editItem(missing, () => REMOVE), undefined);
      assert.equal(await store.editItem(missing, async () => REMOVE), undefined);
      assert.equal(await store.editItem(missing, () => undefined), undefined);
      assert.equal(await store.removeItem(missing), false);
      assert.equal(await store.touch(missing, 1000), false);
    }
    await store.setItems([]);
    assert.deepEqual(commits, []);
    assert.deepEqual(await store.entries(), before);
  }
});

test('a watcher is told of no call that leaves its item as it is', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', TOKEN);
  const changes = store.watch()[Symbol.asyncIterator]();
  const first = changes.next();
  await store.editItem('a', same);
  await store.editItem('a', sameLater);
  await store.updateItem('a', TOKEN);
  await store.touch('a', null);
  await store.setItem('end', 1);
  assert.equal((await first).value.key, 'end');
  await changes.return();
});

test('a call that changes some of its items commits these alone', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', TOKEN);
  await store.setItem('b', 1);
  const commits = gatherCommits(t);
  const edit = (items) => items.set('b', items.get('b') + 1).set('c', REMOVE);
  const stored = await store.editItems(['a', 'b', 'c'], edit);
  assert.deepEqual([...stored], [['a', TOKEN], ['b', 2]]); // prettier-ignore
  await store.editItems(['a', 'b', 'c'], async (items) => edit(items));
  assert.deepEqual(commits, [['b'], ['b']]);
  assert.equal(await store.getItem('b'), 3);
});

test.awaited(
  'an asynchronous edit that keeps what its own turn has set makes no commit',
  async (t) => {
    const store = temporaryStore(t);
    await store.init();
    const commits = gatherCommits(t);
    const changes = [
      () => store.setItem('a', TOKEN),
      () => store.editItem('a', () => ({ ...TOKEN, uses: 2 })),
    ];
    for (const change of changes) await Promise.all([change(), store.editItem('a', sameLater)]);
    assert.deepEqual(commits, [['a'], ['a']]);
  },
);

test('a change of the expiry alone is a commit', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a', TOKEN, { ttl: 1000 });
  const commits = gatherCommits(t);
  await store.editItem('a', same, { ttl: 2000 });
  await store.updateItem('a', TOKEN, { ttl: 3000 });
  assert.equal(await store.touch('a', null), true);
  assert.deepEqual(commits, [['a'], ['a'], ['a']]);
  clock.moveTo(clock.now + 5000);
  assert.deepEqual(await store.getItem('a'), TOKEN);
});

test('an edit that stores again what has expired is a commit', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('a', TOKEN, { ttl: 1000 });
  clock.moveTo(clock.now + 1000);
  await store.editItem('a', () => TOKEN);
  assert.deepEqual(await store.getItem('a'), TOKEN);
  await store.setItem('b', TOKEN, { ttl: 1000 });
  const end = new Date(clock.now + 2000);
  clock.moveTo(clock.now + 2000 - 1);
  await store.editItem('b', () => TOKEN, { ttl: end });
  assert.deepEqual(await store.getItem('b'), TOKEN);
});

test('a set is a commit, also of the value that is there', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', TOKEN);
  const commits = gatherCommits(t);
  await store.setItem('a', TOKEN);
  await store.setItems([['a', TOKEN]]);
  assert.deepEqual(commits, [['a'], ['a']]);
});

test('an edit sees a change of another instance, and undoes it by a commit', async (t) => {
  const place = newPlace(t);
  const [one, other] = [open(place), open(place)];
  await one.setItem('a', 1);
  assert.equal(await one.editItem('a', () => 1), 1);
  await other.setItem('a', 2);
  assert.equal(await one.editItem('a', () => 1), 1);
  assert.equal(await other.getItem('a'), 1);
  await other.removeItem('a');
  assert.equal(await one.editItem('a', () => 1), 1);
  assert.equal(await other.getItem('a'), 1);
  await one.close();
  await other.close();
});

test.awaited('edits that undo a change made in the same turn are stored', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const undoings = {
    set: (key) => store.setItem(key, 'other'),
    update: (key) => store.updateItem(key, 'other'),
    edit: (key) => store.editItem(key, () => 'other'),
    'asynchronous edit': (key) => store.editItem(key, async () => 'other'),
    remove: (key) => store.removeItem(key),
    touch: (key) => store.touch(key, 1000),
    clear: () => store.clear(),
  };
  for (const [name, undo] of Object.entries(undoings)) {
    for (const edit of [() => TOKEN, async () => TOKEN]) {
      await store.setItem('a', TOKEN);
      await Promise.all([undo('a'), store.editItem('a', edit, { ttl: null })]);
      assert.deepEqual(await store.getItem('a'), TOKEN, name);
      const again = open(place);
      assert.deepEqual(await again.getItem('a'), TOKEN, name);
      assert.equal(await again.getExpiry('a'), null, name);
      await again.close();
    }
  }
  await store.close();
});
