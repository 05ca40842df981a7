'use strict';

// Watching: which changes a watcher is told, in which order, and how it ends.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const engine = require('../support/engine');

const { REMOVE, newPlace, open, stopClock, temporaryStore } = engine;
const { startActor } = require('../support/actor');
const { short, take, takeShort } = require('../support/changes');

/** Resolves once a watcher is told what happens: an engine may keep the changes from then on alone. */
async function begun(store, watcher) {
  await store.setItem('begun', true);
  assert.deepEqual(await takeShort(watcher, 1), ['begun=true']);
}

/** Checks that the numbers of commits increase; by one, if the engine counts commits. */
function assertFollow(...commits) {
  for (const [at, commit] of commits.entries()) {
    assert.ok(Number.isSafeInteger(commit), `${commit}`);
    if (at === 0) continue;
    const before = commits[at - 1];
    assert.ok(engine.countsCommits ? commit === before + 1 : commit > before, `${commits}`);
  }
}

const mergesUnread =
  !engine.tellsEachCommit && 'the engine tells the newest state of an item that was not read yet';

test('a watcher is told each change, with the number of its commit', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  await store.setItem('before', 1);
  const watcher = store.watch();
  await store.setItem('a', { x: 1 });
  const [first] = await take(watcher, 1);
  await store.setItem('b', 2, { ttl: 1000 });
  await store.editItem('a', () => REMOVE);
  const [second, third] = await take(watcher, 2);
  const told = { removed: false, initial: false, merged: false };
  assert.deepEqual(first, {
    key: 'a',
    value: { x: 1 },
    expires: null,
    commit: first.commit,
    ...told,
  });
  const expires = new Date(clock.now + 1000);
  assertFollow(first.commit, second.commit, third.commit);
  assert.deepEqual(second, { key: 'b', value: 2, expires, commit: second.commit, ...told });
  const removal = { key: 'a', value: undefined, expires: null, commit: third.commit, ...told };
  assert.deepEqual(third, { ...removal, removed: true });
});

test(
  'a watcher is told each change of an item, also if it reads them later',
  { skip: mergesUnread },
  async (t) => {
    const store = temporaryStore(t);
    const watcher = store.watch();
    for (let at = 0; at < 3; at++) await store.setItem('a', at);
    await store.removeItem('a');
    assert.deepEqual(await takeShort(watcher, 4), ['a=0', 'a=1', 'a=2', 'a']);
  },
);

test('a watcher begins at its call, also in a store that is not open yet', async (t) => {
  const store = temporaryStore(t);
  const watcher = store.watch();
  await store.setItem('a', 1);
  const other = store.watch();
  await store.setItem('b', 2);
  assert.deepEqual(await takeShort(watcher, 2), ['a=1', 'b=2']);
  assert.deepEqual(await takeShort(other, 1), ['b=2']);
});

test('a watcher that waits is told what other instances and processes commit', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  t.after(() => store.close());
  await store.init();
  const watcher = store.watch();
  const other = open(place);
  let told = takeShort(watcher, 1);
  await other.setItem('instance', 1);
  assert.deepEqual(await told, ['instance=1']);
  await other.close();
  const actor = startActor(t, place);
  told = takeShort(watcher, 2);
  await actor.call('set', 'process', 1);
  await actor.call('set', 'other', 2);
  assert.deepEqual(await told, ['process=1', 'other=2']);
});

test('a watcher of a key or a prefix is told nothing else', async (t) => {
  const store = temporaryStore(t);
  const watchers = {
    key: store.watch({ key: 'user:1' }),
    prefix: store.watch({ prefix: 'user:' }),
    quoted: store.watch({ prefix: '"\n' }),
    cut: store.watch({ prefix: '\ud83d' }),
    last: store.watch({ key: 'last' }),
  };
  for (const key of ['user', 'user:1', 'user:10', '"\n"', '"', '😀', '\ud83d', '😀x', 'last']) {
    await store.setItem(key, 1);
  }
  const takes = { key: 1, prefix: 2, quoted: 1, cut: 3, last: 1 };
  const told = {};
  for (const [name, count] of Object.entries(takes)) {
    told[name] = (await take(watchers[name], count)).map(({ key }) => key);
  }
  assert.deepEqual(told, {
    key: ['user:1'],
    prefix: ['user:1', 'user:10'],
    quoted: ['"\n"'],
    cut: ['😀', '\ud83d', '😀x'],
    last: ['last'],
  });
});

test('a part is watched by its own keys', async (t) => {
  const store = temporaryStore(t);
  const part = store.sub('user:');
  const watchers = [part.watch(), part.watch({ key: '1' }), part.watch({ prefix: '1' })];
  await part.setItem('2', 1);
  await store.setItem('1', 1);
  await store.setItem('user:1', 1);
  await part.setItem('11', 1);
  assert.deepEqual(await takeShort(watchers[0], 3), ['2=1', '1=1', '11=1']);
  assert.deepEqual(await takeShort(watchers[1], 1), ['1=1']);
  assert.deepEqual(await takeShort(watchers[2], 2), ['1=1', '11=1']);
});

test('with initial it is told first what is there, then what comes, without a gap', async (t) => {
  const store = temporaryStore(t);
  for (const key of ['a', 'b', 'c']) await store.setItem(key, 0);
  const watcher = store.watch({ initial: true });
  const one = store.watch({ initial: true, key: 'b' });
  const none = store.watch({ initial: true, key: 'd' });
  const there = await take(watcher, 3);
  assert.deepEqual(await takeShort(one, 1), ['b=0']);
  await store.setItem('b', 1);
  await store.setItem('d', 2);
  const changes = [...there, ...(await take(watcher, 2))];
  assert.deepEqual(changes.map(short), ['a=0', 'b=0', 'c=0', 'b=1', 'd=2']);
  assert.deepEqual(
    changes.map(({ initial }) => initial),
    [true, true, true, false, false],
  );
  assert.equal(new Set(there.map(({ commit }) => commit)).size, 1);
  assertFollow(...changes.slice(2).map(({ commit }) => commit));
  assert.deepEqual(await takeShort(one, 1), ['b=1']);
  assert.deepEqual(await takeShort(none, 1), ['d=2']);
});

test('with since it is told everything after a commit', async (t) => {
  const store = temporaryStore(t);
  const watcher = store.watch();
  await begun(store, watcher);
  for (let at = 0; at < 5; at++) await store.setItem(`a${at}`, at);
  const changes = await take(watcher, 5);
  for (const [at, { commit }] of changes.entries()) {
    const again = store.watch({ since: commit });
    assert.deepEqual(await takeShort(again, 4 - at), changes.slice(at + 1).map(short));
    await again.return();
  }
  const { commit } = changes[4];
  const now = store.watch({ since: commit });
  await store.setItem('b', 1);
  assert.deepEqual(await takeShort(now, 1), ['b=1']);
  const beyond = engine.countsCommits ? commit + 2 : Number.MAX_SAFE_INTEGER;
  const newest = engine.countsCommits ? `${commit + 1}` : '\\d+';
  await assert.rejects(store.watch({ since: beyond }).next(), {
    name: 'RangeError',
    code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
    message: new RegExp(
      `^The "since" option must be a commit of the store, up to ${newest}\\. Received ${beyond}$`,
    ),
  });
});

test('with since, one less than the commit of a change, the rest of its commit is told', async (t) => {
  const store = temporaryStore(t);
  const first = store.watch();
  await begun(store, first);
  await store.setItem('before', 0);
  await store.setItems([
    ['a', 1],
    ['b', 2],
  ]);
  const [, { commit }] = await take(first, 2);
  await first.return();
  assert.deepEqual(await takeShort(store.watch({ since: commit - 1 }), 2), ['a=1', 'b=2']);
});

test('clear tells each key that was there as removed', async (t) => {
  const store = temporaryStore(t);
  for (const key of ['a', 'user:1', 'user:2']) await store.setItem(key, 1);
  await store.removeItem('user:2');
  const watchers = [{}, { prefix: 'user:' }, { key: 'a' }, { key: 'z' }].map((options) =>
    store.watch(options),
  );
  const waiting = watchers.map((watcher) => watcher.next());
  await store.clear();
  await store.setItem('z', 2);
  const told = [];
  for (const [at, first] of waiting.entries()) {
    const changes = [short((await first).value)];
    while (changes.at(-1) !== 'z=2' && at !== 1 && at !== 2) {
      changes.push(short((await watchers[at].next()).value));
    }
    told.push(changes.sort());
  }
  assert.deepEqual(told, [['a', 'user:1', 'z=2'], ['user:1'], ['a'], ['z=2']]);
});

test('the removal of an expired item is told, and its expiry is no change', async (t) => {
  const clock = stopClock(t);
  const store = temporaryStore(t, { expiredInterval: false });
  const watcher = store.watch();
  await store.setItem('a', 1, { ttl: 1000 });
  clock.moveTo(clock.now + 1000);
  assert.deepEqual(
    await takeShort(store.watch({ initial: true, key: 'a', since: undefined }), 0),
    [],
  );
  assert.deepEqual(await takeShort(watcher, 1), ['a=1']);
  await store.removeExpiredItems();
  await store.setItem('end', 1);
  assert.deepEqual(await takeShort(watcher, 2), ['a', 'end=1']);
});

test('a watcher ends by break, by return, by its signal and by close', async (t) => {
  const store = temporaryStore(t);
  await store.init();
  const told = [];
  const loop = (async () => {
    for await (const change of store.watch()) {
      told.push(short(change));
      break;
    }
  })();
  const returned = store.watch();
  const pending = returned.next();
  assert.deepEqual(await returned.return(7), { done: true, value: 7 });
  assert.deepEqual(await pending, { done: true, value: undefined });
  const controller = new AbortController();
  const aborted = store.watch({ signal: controller.signal });
  const rejected = assert.rejects(aborted.next(), /enough/);
  controller.abort(new Error('enough'));
  await rejected;
  assert.deepEqual(await aborted.next(), { done: true, value: undefined });
  await assert.rejects(store.watch({ signal: controller.signal }).next(), /enough/);
  await store.setItem('a', 1);
  await loop;
  assert.deepEqual(told, ['a=1']);
  assert.equal((await store.stats()).watchers, 0);
  const closed = store.watch();
  const last = closed.next();
  await store.close();
  assert.deepEqual(await last, { done: true, value: undefined });
  await assert.rejects(store.watch().next(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('steps that are asked for at once are told in order', async (t) => {
  const store = temporaryStore(t);
  const watcher = store.watch();
  const steps = [1, 2, 3, 4].map(() => watcher.next());
  await Promise.all([1, 2, 3].map((value) => store.setItem(`key ${value}`, value)));
  const told = await Promise.all(steps.slice(0, 3));
  assert.deepEqual(
    told.map(({ value }) => value.value),
    [1, 2, 3],
  );
  await watcher.return();
  assert.deepEqual(await steps[3], { done: true, value: undefined });
});

test('values are read by the codec; what it cannot read ends the watcher', async (t) => {
  const codec = { stringify: (value) => `<${value}>`, parse: (text) => BigInt(text.slice(1, -1)) };
  const store = temporaryStore(t, codec);
  const watcher = store.watch();
  await store.setItem('a', 5n);
  await store.setItem('b', 'no number');
  const [{ value }] = await take(watcher, 1);
  assert.equal(value, 5n);
  const expected = { code: 'ERR_PERSIST_LOCK_PARSE', key: 'b' };
  await assert.rejects(watcher.next(), expected);
  assert.deepEqual(await watcher.next(), { done: true, value: undefined });
});

test('a callback can await a change of its own store', async (t) => {
  const store = temporaryStore(t);
  const watcher = store.watch({ key: 'other' });
  await store.editItem('a', async () => {
    await store.setItem('other', 1);
    return short((await watcher.next()).value);
  });
  assert.equal(await store.getItem('a'), 'other=1');
  let inside;
  await store.editItem('a', () => {
    inside = store.watch({ key: 'a' });
    return 'edited';
  });
  assert.deepEqual(await takeShort(inside, 1), ['a="edited"']);
});

test('watchers of some items of a large commit are told each of them once', async (t) => {
  const store = temporaryStore(t);
  const COUNT = 20_000;
  const watchers = {
    all: store.watch(),
    first: store.watch({ key: 'key 0' }),
    last: store.watch({ key: `key ${COUNT - 1}` }),
    some: store.watch({ prefix: 'key 77' }),
  };
  const first = Object.values(watchers).map((watcher) => watcher.next());
  await store.setItems(Array.from({ length: COUNT }, (_, at) => [`key ${at}`, 'x'.repeat(50)]));
  const counts = { all: COUNT, first: 1, last: 1, some: 111 };
  for (const [at, [name, watcher]] of Object.entries(watchers).entries()) {
    const changes = [(await first[at]).value, ...(await take(watcher, counts[name] - 1))];
    assert.deepEqual(new Set(changes.map(({ commit }) => commit)), new Set([changes[0].commit]));
    assert.equal(new Set(changes.map(({ key }) => key)).size, counts[name], name);
  }
  const last = ['key 0', 'key 77', `key ${COUNT - 1}`];
  await store.setItems(last.map((key) => [key, 'last']));
  const keys = { all: last, first: [last[0]], last: [last[2]], some: [last[1]] };
  for (const [name, watcher] of Object.entries(watchers)) {
    const changes = await take(watcher, keys[name].length);
    assert.deepEqual(changes.map(({ key }) => key).sort(), keys[name].toSorted(), name);
  }
});

test('options that watch does not take are refused at once', async (t) => {
  const store = temporaryStore(t);
  const wrong = [
    { prefix: 1 },
    { key: {} },
    { key: 'a', prefix: 'b' },
    { since: -1 },
    { since: 1, initial: true },
    { initial: 1 },
    { keepAlive: null },
    { signal: {} },
    { from: 'a' },
  ];
  const refused = { name: 'TypeError', code: /^ERR_PERSIST_LOCK_INVALID_(OPTION|PREFIX|KEY)$/ };
  for (const options of wrong) assert.throws(() => store.watch(options), refused);
  assert.equal((await store.stats()).watchers, 0);
});
