'use strict';

// Parts of a store: the same calls, on the items whose keys begin with a prefix.

const assert = require('node:assert/strict');
const test = require('node:test');
const { REMOVE, newPlace, temporaryStore: awaitedStore } = require('../support/engine');
const { ofPart, open, temporaryStore, test: testBothKinds } = require('../support/kinds');
const { membersOf } = require('../support/members');
const { TIMES, seeded } = require('../support/random');
const { held } = require('../support/waiting');

/** Codecs: values are listed in another way with a custom one. */
const CODECS = {
  'as JSON': {},
  'with a codec': {
    stringify: (value) => JSON.stringify([value]),
    parse: (text) => JSON.parse(text)[0],
  },
};

/** Makes a store with some items outside the part `p:`, which no call on the part may touch. */
async function storeWithOthers(t, options) {
  const store = temporaryStore(t, options);
  for (const key of ['p', 'p;', 'q:a', 'o', '', 'a', 'b']) await store.setItem(key, `other ${key}`);
  const others = await store.entries();
  const outside = async () => (await store.entries()).filter(([key]) => !key.startsWith('p:'));
  return {
    store,
    part: ofPart(store.sub('p:')),
    unchanged: async () => assert.deepEqual(await outside(), others),
  };
}

for (const [codec, options] of Object.entries(CODECS)) {
  testBothKinds(`calls on a part have its keys without the prefix, items ${codec}`, async (t) => {
    const { store, part, unchanged } = await storeWithOthers(t, options);
    await part.setItem('a', 1);
    await part.updateItem('b', 2, { ttl: 1e6 });
    assert.equal(await part.editItem('', (current) => [current ?? 'none']).then(String), 'none');
    await part.setItem(5, 'five');
    assert.deepEqual(await store.getItem('p:a'), 1);
    assert.deepEqual(await store.getItem('p:5'), 'five');
    assert.deepEqual(await part.getItem('a'), 1);
    assert.equal(await part.getItem('p:a'), undefined);
    assert.equal(await part.hasItem(5), true);
    assert.equal(await part.hasItem('o'), false);
    assert.equal(await part.viewItem('b', (b) => b + 1), 3);
    const move = (items) => {
      assert.deepEqual([...items], [['a', 1], ['c', undefined], ['5', 'five']]); // prettier-ignore
      return new Map([['c', 3], [5, REMOVE]]); // prettier-ignore
    };
    assert.deepEqual(await part.editItems(['a', 'c', 5, 'a'], move), new Map([['c', 3]]));
    const again = async (items) => items.set('a', 10);
    assert.deepEqual(await part.editItems(['a'], again), new Map([['a', 10]]));
    const expected = { '': ['none'], a: 10, b: 2, c: 3 };
    assert.deepEqual((await part.keys()).sort(), Object.keys(expected));
    assert.deepEqual(Object.fromEntries(await part.entries()), expected);
    assert.deepEqual((await part.values()).map(String).sort(), ['10', '2', '3', 'none']);
    assert.deepEqual(await part.keys({ prefix: 'b' }), ['b']);
    assert.deepEqual(await part.keys({ prefix: 'p:' }), []);
    assert.equal(await part.length(), 4);
    assert.equal(await part.length({ prefix: 'b' }), 1);
    assert.deepEqual(await part.valuesWithKeyMatch(/^[bc]$/), [2, 3]);
    assert.deepEqual(await part.valuesWithKeyMatch('p'), []);
    const seen = {};
    await part.forEach(({ key, value }) => void (seen[key] = value));
    assert.deepEqual(seen, expected);
    const iterated = [];
    for await (const entry of part) iterated.push(entry);
    assert.deepEqual(Object.fromEntries(iterated), expected);
    await unchanged();

    assert.equal(await part.removeItem('a'), true);
    assert.equal(await part.removeItem('o'), false);
    assert.equal(await part.removeItems(['b', 'o', 'b']), 1);
    assert.equal(await part.removeItems({ prefix: 'c' }), 1);
    assert.deepEqual(await part.keys(), ['']);
    await part.setItem('x', 1);
    await part.clear({ prefix: 'x' });
    assert.deepEqual(await part.keys(), ['']);
    await part.clear();
    assert.equal(await part.length(), 0);
    await unchanged();
  });
}

testBothKinds('sets, reads and expiries of several items of a part have its keys', async (t) => {
  const { store, part, unchanged } = await storeWithOthers(t);
  await part.setItems(new Map([['a', 1], ['b', 2]]), { ttl: 1e6 }); // prettier-ignore
  assert.deepEqual(await store.getItem('p:b'), 2);
  assert.deepEqual(await part.getItems(['b', 'o', 'a', 'b']), new Map([['b', 2], ['a', 1]])); // prettier-ignore
  assert.equal(await part.getOrSet('a', assert.fail), 1);
  assert.equal(await part.getOrSet('o', () => 'made'), 'made');
  assert.ok((await part.getExpiry('a')) > new Date());
  assert.equal(await part.getExpiry('o'), null);
  assert.equal(await part.getExpiry('q:a'), undefined);
  assert.equal(await part.touch('a', null), true);
  assert.equal(await part.touch('p:a', null), false);
  assert.equal(await store.getExpiry('p:a'), null);
  assert.deepEqual(await part.keys(), ['a', 'b', 'o']);
  await unchanged();
});

test('a watcher of a part tells of its items alone, by their keys', async (t) => {
  const store = awaitedStore(t);
  const part = store.sub('p:');
  await part.setItem('before', 0);
  await part.setItem('a0', 0);
  const watcher = part.watch({ prefix: 'a', initial: true });
  const { value: first } = await watcher.next();
  assert.deepEqual([first.key, first.initial], ['a0', true]);
  const changes = [part.setItem('a1', 1), store.setItem('a2', 'other'), part.setItem('b', 2)];
  await Promise.all(changes);
  await part.removeItem('a1');
  const told = [];
  for await (const change of watcher) {
    told.push([change.key, change.value]);
    if (change.removed) break;
  }
  assert.deepEqual(told.at(-1), ['a1', undefined]);
  assert.deepEqual(new Set(told.map(([key]) => key)), new Set(['a1']));
});

testBothKinds('a part has parts', async (t) => {
  const store = temporaryStore(t);
  const inner = ofPart(store.sub('a:').sub('b:'));
  await inner.setItem('c', 1);
  await store.setItem('a:c', 2);
  assert.deepEqual(await store.keys(), ['a:b:c', 'a:c']);
  assert.deepEqual(await ofPart(store.sub('a:b:')).entries(), [['c', 1]]);
  assert.deepEqual(await inner.entries(), [['c', 1]]);
  await inner.clear();
  assert.deepEqual(await store.keys(), ['a:c']);
});

testBothKinds('errors of a part have the full key', async (t) => {
  const pair = { stringify: (value) => `${value}`, parse: () => assert.fail('unreadable') };
  const store = temporaryStore(t, pair);
  const part = ofPart(store.sub('p:'));
  await part.setItem('a', 1);
  await assert.rejects(part.getItem('a'), {
    code: 'ERR_PERSIST_LOCK_PARSE',
    key: 'p:a',
    message: /'p:a'/,
  });
  await assert.rejects(part.values(), { code: 'ERR_PERSIST_LOCK_PARSE', key: 'p:a' });
  const plain = ofPart(temporaryStore(t).sub('p:'));
  const nothing = plain.editItem('a', () => 1).then(() => plain.editItem('a', () => undefined));
  await assert.rejects(nothing, { code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'p:a' });
  await assert.rejects(plain.setItem({}, 1), { message: /Received \{\}/ });
});

test('a key that an edit of a part was not given is refused: its error has the full key', async (t) => {
  const part = awaitedStore(t).sub('p:');
  await part.setItem('b', 1);
  for (const key of ['b', 'p:a']) {
    const message = `The edit returned a value for '${key}', which is not one of its keys`;
    const refused = { code: 'ERR_PERSIST_LOCK_INVALID_KEY', key: `p:${key}`, message };
    await assert.rejects(
      part.editItems(['a'], () => [[key, 1]]),
      refused,
    );
  }
  assert.deepEqual(await part.entries(), [['b', 1]]);
});

test('a part and its store share locks: an edit of one waits for that of the other', async (t) => {
  const store = awaitedStore(t);
  const edit = held();
  const first = store.sub('p:').editItem('a', edit);
  await edit.begun();
  const second = store.editItem('p:a', (a) => `${a} second`);
  const elsewhere = store.sub('p:').editItem('b', () => 'at once');
  assert.equal(await elsewhere, 'at once');
  edit.finish('first');
  assert.deepEqual(await Promise.all([first, second]), ['first', 'first second']);
});

test('a part keeps its store, and closes with it', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  const part = store.sub('p:');
  await part.setItem('a', 1);
  await store.close();
  await assert.rejects(part.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('a part has the calls on items, and none of the life of the store', (t) => {
  const store = awaitedStore(t);
  const ofLife = [
    ...['init', 'initSync', 'close', 'closeSync', 'compact', 'backup', 'stats'],
    ...['removeExpiredItems', 'locks', Symbol.asyncDispose],
  ];
  const ofItems = membersOf(store.constructor).filter((name) => !ofLife.includes(name));
  assert.deepEqual(new Set(membersOf(store.sub('p:').constructor)), new Set(ofItems));
});

test('a prefix that cannot be one of a part is refused', (t) => {
  const store = awaitedStore(t);
  const refused = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_PREFIX' };
  for (const prefix of [undefined, null, 5, '', {}, ['a'], 'a\ud83d', '\udbff']) {
    assert.throws(() => store.sub(prefix), refused, String(prefix));
    assert.throws(() => store.sub('a').sub(prefix), refused, String(prefix));
  }
});

test('keys of a part may begin with half of a surrogate pair, and its prefix too', async (t) => {
  const store = awaitedStore(t);
  for (const prefix of ['a', '\ude00', '😀', 'a\udfff']) {
    const part = store.sub(prefix);
    const keys = ['\ude00', '\ud83d', '😀', 'x', ''];
    for (const key of keys) await part.setItem(key, key);
    assert.deepEqual((await part.keys()).sort(), keys.toSorted(), JSON.stringify(prefix));
    assert.equal(await store.getItem(`${prefix}\ude00`), '\ude00');
    await part.clear();
  }
  assert.equal(await store.length(), 0);
});

testBothKinds('random calls on a part change its items as they change a Map', async (t) => {
  const random = seeded(t);
  const { store, part, unchanged } = await storeWithOthers(t);
  const model = new Map();
  const keys = ['a', 'b', 'ab', '', 'ba', '5'];
  const removed = (isGone) => {
    const gone = [...model.keys()].filter(isGone);
    for (const key of gone) model.delete(key);
    return gone.length;
  };
  const CALLS = [
    async (key) => { await part.setItem(key, key); model.set(key, key); },
    async (key) => { await part.editItem(key, () => 'edited'); model.set(key, 'edited'); },
    async (key) => { await part.editItems([key], () => [[key, 'several']]); model.set(key, 'several'); },
    async (key) => assert.equal(await part.removeItem(key), model.delete(key)),
    async (prefix) => assert.equal(await part.removeItems({ prefix }), removed((key) => key.startsWith(prefix))),
    async (prefix) => { await part.clear({ prefix }); removed((key) => key.startsWith(prefix)); },
    async (key) => assert.equal(await part.removeItems([key, 'a']), removed((each) => each === key || each === 'a')),
  ]; // prettier-ignore
  for (let at = 0; at < 300 * TIMES; at++) {
    await random.pick(CALLS)(random.pick(keys));
    assert.deepEqual(new Map(await part.entries()), model);
    assert.equal((await store.keys({ prefix: 'p:' })).length, model.size);
  }
  await unchanged();
});
