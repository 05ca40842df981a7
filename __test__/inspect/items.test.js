'use strict';

// The requests of the page on items: their texts stay as they are, and nothing is overwritten that
// the user has not seen.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { spelled, startInspect } = require('../support/inspect');

/** Opens a store and the page of it. */
async function start(t, items = [], ...args) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  await store.setItems(items);
  const { ask, child } = await startInspect(t, folder, ...args);
  const read = async (key) => (await ask('GET', `/api/item?key=${spelled(key)}`)).body;
  const save = (body) => ask('PUT', '/api/item', { body });
  return { store, ask, read, save, child, folder };
}

test('keys come in parts, whatever they are', async (t) => {
  const keys = ['', ' ', '"', '<b>', 'a', 'a\nb', '\ud800', '😀'];
  const { ask } = await start(
    t,
    keys.map((key) => [key, 0]),
  );
  const { body, headers } = await ask('GET', '/api/keys');
  assert.match(headers['content-type'], /^application\/x-ndjson/);
  const [first, ...parts] = body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(first, { count: keys.length });
  assert.equal(parts.pop(), true, 'the list is complete');
  assert.deepEqual(parts.flat().sort(), [...keys].sort());
});

test('a value is stored as it was written, with its digits', async (t) => {
  const { save, read, store } = await start(t);
  const json = '{\n  "n": 12345678901234567890,\n  "z": -0\n}';
  for (const key of ['a', '', '\ud800 "<b>"\n']) {
    const { status, body } = await save({ key, json, version: null });
    assert.equal(status, 200);
    assert.equal(body.json, '{"n":12345678901234567890,"z":-0}');
    assert.deepEqual(await read(key), body);
  }
  assert.equal(await store.length(), 3);
  assert.equal(await read('none'), null);
});

test('what is no JSON, or would be read as something else, is refused', async (t) => {
  const { save, store } = await start(t);
  const wrong = {
    '{': /is not JSON/,
    '{"a":1,"a":2}': /^The value has the field "a" twice/,
    '1e999': /too large/,
    '': /is not JSON/,
  };
  for (const [json, message] of Object.entries(wrong)) {
    const { status, body } = await save({ key: 'a', json, version: null });
    assert.equal(status, 422, json);
    assert.match(body.message, message);
  }
  assert.equal((await save({ key: 5, json: '1', version: null })).status, 422);
  assert.equal((await save({ key: 'a', json: '1', version: null, time: 'soon' })).status, 422);
  assert.equal((await save({ key: 'a', json: '1', version: null, expires: 1 })).status, 422);
  assert.equal(await store.length(), 0);
});

test('a change of an item that has changed meanwhile is refused with the item that is there', async (t) => {
  const { save, read, ask, store } = await start(t, [['a', 1]]);
  const { version } = await read('a');
  await store.setItem('a', 2);
  const refused = await save({ key: 'a', json: '3', version });
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body.item, await read('a'));
  assert.equal((await ask('DELETE', '/api/item', { body: { key: 'a', version } })).status, 409);
  assert.equal(
    (await save({ key: 'a', json: '3', version: null })).status,
    409,
    'it is no new item',
  );
  assert.equal(await store.getItem('a'), 2);
  // Another expiry is a change too.
  const { version: newer } = await read('a');
  await store.touch('a', 60_000);
  assert.equal((await save({ key: 'a', json: '3', version: newer })).status, 409);
  await store.removeItem('a');
  const gone = await save({ key: 'a', json: '3', version: newer });
  assert.deepEqual([gone.status, gone.body.item], [409, null]);
  assert.equal(await store.hasItem('a'), false);
});

test('saving waits for the lock of the item, up to the time limit', async (t) => {
  const { save, read, store } = await start(t, [['a', 1]], '--lock-timeout', '50ms');
  const { version } = await read('a');
  let finish;
  const edit = store.editItem('a', () => new Promise((resolve) => (finish = resolve)));
  await store.setItem('b', 0);
  const late = await save({ key: 'a', json: '2', version });
  assert.equal(late.status, 423);
  assert.match(
    late.body.message,
    /^Waited 50 ms for the lock of 'a'\. Process \d+ has held it since /,
  );
  finish(3);
  await edit;
  assert.equal((await save({ key: 'a', json: '2', version })).status, 409);
});

test('an item keeps its expiry, until it is moved or removed', async (t) => {
  const { save, read, ask, store } = await start(t);
  await store.setItem('a', 1, { ttl: new Date(4e12) });
  const { version, expires } = await read('a');
  assert.equal(expires, 4e12);
  assert.equal((await save({ key: 'a', json: '2', version })).body.expires, 4e12);
  const move = (time) => ask('POST', '/api/expiry', { body: { key: 'a', time } });
  const moved = await move('1h30m');
  assert.ok(moved.body.expires > Date.now() + 5e6 && moved.body.expires < Date.now() + 6e6);
  assert.equal((await move('never')).body.expires, null);
  assert.equal((await move('gone')).status, 422);
  assert.equal((await move('0s')).status, 422);
  assert.deepEqual([await store.getItem('a'), await store.getExpiry('a')], [2, null]);
  await store.removeItem('a');
  assert.equal((await move('1h')).status, 409);
});

test('a removed item can be put back with its expiry', async (t) => {
  const { save, read, ask, store } = await start(t);
  await store.setItem('a', { b: 1 }, { ttl: new Date(4e12) });
  const before = await read('a');
  const { body: removed } = await ask('DELETE', '/api/item', {
    body: { key: 'a', version: before.version },
  });
  assert.deepEqual(removed, before);
  assert.equal(await store.hasItem('a'), false);
  const { json, expires } = removed;
  assert.deepEqual((await save({ key: 'a', json, expires, version: null })).body, before);
});

test('a read-only page has nothing that changes the store', async (t) => {
  const { save, read, ask, store } = await start(t, [['a', 1]], '--read-only');
  assert.equal((await ask('GET', '/api/store')).body.isReadOnly, true);
  const { version } = await read('a');
  const body = { key: 'a', version };
  assert.equal((await save({ ...body, json: '2' })).status, 404);
  assert.equal((await ask('DELETE', '/api/item', { body })).status, 404);
  assert.equal((await ask('POST', '/api/expiry', { body: { key: 'a', time: '1h' } })).status, 404);
  for (const name of ['backup', 'compact', 'verify']) {
    assert.equal((await ask('POST', `/api/${name}`, { body: {} })).status, 404);
  }
  assert.equal(await store.getItem('a'), 1);
});

test('a backup is shown, and only read', async (t) => {
  const { store, folder } = await start(t, [['a', 1]]);
  const file = path.join(folder, 'backup.jsonl');
  await store.backup(file);
  const { ask } = await startInspect(t, file);
  const { body } = await ask('GET', '/api/store');
  assert.deepEqual([body.isReadOnly, body.name], [true, file]);
  assert.match((await ask('GET', '/api/keys')).body, /\["a"\]/);
});
