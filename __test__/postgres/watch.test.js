'use strict';

// Changes that watchers over PostgreSQL are told: of their own instance and of others, from a position,
// and in parts.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { short, take, takeShort } = require('../support/changes');
const { withoutServer: skip } = require('../support/postgres/binaries');
const {
  begun,
  close,
  iterate,
  newPlace,
  open,
  watch,
  watchSource,
  write,
} = require('../support/postgres/parts');
const { until } = require('../support/waiting');

test('a watcher is told what its own instance commits after the call', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const watcher = watch(parts);
  const first = await write(parts, [
    ['a', { x: 1 }],
    ['b', 2],
  ]);
  const other = watch(parts);
  const second = await write(parts, [['a', undefined]]);
  const told = { expires: null, removed: false, initial: false, merged: false };
  const removal = { ...told, key: 'a', value: undefined, removed: true, commit: second };
  assert.deepEqual(await take(other, 1), [removal]);
  const changes = [];
  do changes.push(...(await take(watcher, 1)));
  while (changes.at(-1).commit !== second);
  assert.deepEqual(
    changes.find(({ key }) => key === 'b'),
    { ...told, key: 'b', value: 2, commit: first },
  );
  assert.deepEqual({ ...changes.at(-1), merged: false }, removal);
});

test('commits of a key that were not read yet are told as one', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const [slow, quick] = [watch(parts), watch(parts)];
  await begun(parts, quick);
  await write(parts, [['a', 1]]);
  await write(parts, [['b', 2]]);
  const commit = await write(parts, [['a', 3]]);
  while ((await take(quick, 1))[0].commit !== commit);
  const changes = await take(slow, 3);
  assert.deepEqual(changes.map(short), ['mark=0', 'b=2', 'a=3']);
  assert.deepEqual(
    changes.map(({ merged }) => merged),
    [false, false, true],
  );
  assert.equal(changes[2].commit, commit);
});

test('a watcher that waits is told each commit of other instances', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const watcher = watch(parts);
  const other = open(t, place);
  await begun(parts, watcher);
  for (let at = 0; at < 20; at++) {
    const told = takeShort(watcher, 1);
    await write(other, [['a', at]]);
    assert.deepEqual(await told, [`a=${at}`]);
  }
});

test('a watcher of a key or a prefix is told nothing else', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const long = 'x'.repeat(850);
  const choices = {
    key: { key: 'user:1' },
    prefix: { prefix: 'user:' },
    cut: { prefix: '\ud83d' },
    long: { prefix: `${long}a` },
    longKey: { key: `${long}ab` },
  };
  const watchers = Object.entries(choices).map(([name, choice]) => [name, watch(parts, choice)]);
  for (const key of ['user', 'user:1', 'user:10', '😀', '\ud83d', '😀x', `${long}b`, `${long}ab`]) {
    await write(parts, [[key, 1]]);
  }
  const told = {};
  const takes = { key: 1, prefix: 2, cut: 3, long: 1, longKey: 1 };
  for (const [name, watcher] of watchers) {
    told[name] = (await take(watcher, takes[name])).map(({ key }) => key);
  }
  assert.deepEqual(told, {
    key: ['user:1'],
    prefix: ['user:1', 'user:10'],
    cut: ['😀', '\ud83d', '😀x'],
    long: [`${long}ab`],
    longKey: [`${long}ab`],
  });
});

test('lines have the stored texts, and what is told of each', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  await write(parts, [['a', 1]]);
  const source = parts.watches.watch({ prefix: '', initial: true, lines: true, keepAlive: false });
  const first = await source.next();
  assert.match(first, /^\{"key":"a","value":1,"commit":\d+,"initial":true\}$/);
  const commit = await write(parts, [['b', 2]], { expires: 5 });
  const last = await write(parts, [
    ['a', undefined],
    ['c\n', 'x'],
  ]);
  const lines = [];
  while (lines.length < 3) lines.push(...(await source.next()).split('\n'));
  assert.deepEqual(lines, [
    `{"key":"b","value":2,"expires":5,"commit":${commit}}`,
    `{"key":"a","removed":true,"commit":${last}}`,
    `{"key":"c\\n","value":"x","commit":${last}}`,
  ]);
  source.end();
});

test('with initial, items and changes have no gap while others write', { skip }, async (t) => {
  const place = await newPlace(t);
  const writer = open(t, place);
  const parts = open(t, place);
  const state = new Map();
  let isOver = false;
  const writing = (async () => {
    for (let at = 0; !isOver; at++) {
      const entries = [0, 1, 2].map((each) => {
        return [`key ${(at * 7 + each) % 200}`, at % 5 === 4 ? undefined : at];
      });
      await write(writer, entries);
      for (const [key, value] of entries) {
        if (value === undefined) state.delete(key);
        else state.set(key, value);
      }
    }
    await write(writer, [['z last', 1]]);
  })();
  const watchers = [];
  for (let at = 0; at < 6; at++) {
    watchers.push(mirror(watch(parts, { initial: true })));
    await write(parts, [[`own ${at}`, at]]);
    state.set(`own ${at}`, at);
  }
  isOver = true;
  await writing;
  state.set('z last', 1);
  for (const mirrored of watchers) {
    assert.deepEqual(new Map([...(await mirrored)].sort()), new Map([...state].sort()));
  }
});

/** Keeps the items that a watcher tells of, until the item `z last`. */
async function mirror(watcher, items = new Map()) {
  let commit = 0;
  for await (const change of watcher) {
    assert.ok(change.commit >= commit, `${change.commit} after ${commit}`);
    ({ commit } = change);
    if (change.removed) items.delete(change.key);
    else items.set(change.key, change.value);
    if (change.key === 'z last') return items;
  }
  throw new Error('the watcher has ended');
}

test('with since, everything after a commit is told', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const watcher = watch(parts);
  await begun(parts, watcher);
  const commits = [];
  for (let at = 0; at < 3; at++)
    commits.push(
      await write(parts, [
        [`a${at}`, at],
        [`b${at}`, at],
      ]),
    );
  assert.equal((await take(watcher, 6)).at(-1).commit, commits[2]);
  await watcher.return();
  for (const [at, commit] of commits.entries()) {
    const again = watch(parts, { since: commit });
    const told = (await take(again, 2 * (2 - at))).map((change) => change.commit);
    assert.deepEqual(
      told,
      commits.slice(at + 1).flatMap((each) => [each, each]),
    );
    await again.return();
    const whole = watch(parts, { since: commit - 1 });
    assert.deepEqual(await takeShort(whole, 2), [`a${at}=${at}`, `b${at}=${at}`]);
    await whole.return();
  }
  const now = watch(parts, { since: commits[2] });
  const rest = now.next();
  await write(parts, [['z', 1]]);
  assert.equal(short((await rest).value), 'z=1');
  await assert.rejects(watch(parts, { since: commits[2] + 1e6 }).next(), {
    name: 'RangeError',
    code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
  });
  await assert.rejects(watch(parts, { since: 3 }).next(), {
    code: 'ERR_PERSIST_LOCK_COMPACTED',
    message: /^The log of changes does not have the changes after commit 3: /,
  });
});

test(
  'what was committed before a call is not told, also if an older commit is under way',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    await begun(parts, watch(parts));
    let watcher;
    await write(other, [['older', 1]], {
      before: async () => {
        await write(parts, [['before', 2]]);
        const source = watchSource(parts);
        watcher = iterate(source);
        // Otherwise it may begin after the older commit, of which it is not told then.
        await until(() => source.hasBegun);
        await write(parts, [['after', 3]]);
      },
    });
    await write(parts, [['end', 4]]);
    const told = [];
    for await (const { key } of watcher) {
      told.push(key);
      if (key === 'end') break;
    }
    assert.deepEqual(told, ['older', 'after', 'end']);
  },
);

test('a large commit is told in parts, each item once', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const all = watch(parts);
  const some = watch(parts, { prefix: 'key 77' });
  const COUNT = 5000;
  await write(
    parts,
    Array.from({ length: COUNT }, (_, at) => [`key ${at}`, at]),
  );
  const last = await write(parts, [['key 77', 'last']]);
  const counts = [];
  for (const watcher of [all, some]) {
    const told = new Set();
    for await (const { key, commit } of watcher) {
      assert.ok(!told.has(key) || commit === last, key);
      told.add(key);
      if (commit === last) break;
    }
    counts.push(told.size);
  }
  assert.deepEqual(counts, [COUNT, 11]);
});

test('a slow watcher of large values takes few of them at once', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const source = parts.watches.watch({ prefix: '', initial: false, keepAlive: false });
  const value = Array.from({ length: 2 ** 17 }, () => Math.random().toString(36)[3] ?? 'x').join(
    '',
  );
  for (let at = 0; at < 40; at++) await write(parts, [[`key ${at}`, value]]);
  const lengths = [];
  while (lengths.reduce((sum, length) => sum + length, 0) < 40)
    lengths.push((await source.next()).length);
  assert.ok(lengths.length >= 3, `${lengths}`);
  source.end();
});

test('watchers end with the store, and a closed one has none', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const watcher = watch(parts);
  const walk = parts.listings.parts('keys');
  await write(
    parts,
    Array.from({ length: 200 }, (_, at) => [`${at}`, at]),
  );
  await walk.next();
  const pending = watch(parts, { key: 'none' }).next();
  await take(watcher, 1);
  await close(parts);
  assert.deepEqual(await pending, { done: true, value: undefined });
  for await (const { key } of watcher) assert.notEqual(key, 'none');
  await assert.rejects(watch(parts).next(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await assert.rejects(
    (async () => {
      while (!(await walk.next()).done);
    })(),
    { code: 'ERR_PERSIST_LOCK_CLOSED' },
  );
});
