'use strict';

// Rows that somebody writes by hand, without the lock of the key: an edit of what was there before
// rejects with ERR_PERSIST_LOCK_LOCK_LOST, and both it and the row are whole.

const assert = require('node:assert/strict');
const test = require('node:test');
const { setImmediate: immediate } = require('node:timers/promises');
const { startActor } = require('../support/postgres/actors');
const { isWrite } = require('../support/postgres/commits');
const { newPlace, opened, query, tableOf, through, urlOf } = require('../support/postgres/places');
const { startProxy } = require('../support/postgres/proxy');
const { held } = require('../support/waiting');

const CODE = 'ERR_PERSIST_LOCK_LOCK_LOST';

/** The statements by hand, with the item `a` before and after them. */
const BY_HAND = [
  {
    name: 'an update',
    before: 'before',
    text: (table) => `UPDATE ${table} SET value = '"by hand"', version = version # 1`,
    after: 'by hand',
  },
  {
    name: 'a removal',
    before: 'before',
    text: (table) => `DELETE FROM ${table}`,
    after: undefined,
  },
  {
    name: 'an insertion',
    before: undefined,
    text: (table) =>
      `INSERT INTO ${table} (id, value, version) VALUES (convert_to('a', 'UTF8'), '"by hand"', 1)`,
    after: 'by hand',
  },
];

for (const { name, before, text, after } of BY_HAND) {
  test(`${name} by hand under an asynchronous edit makes the edit reject`, async (t) => {
    const place = await newPlace(t);
    const store = opened(t, place);
    await store.init();
    if (before !== undefined) await store.setItem('a', before);
    const callback = held();
    const edit = store.editItem('a', callback);
    await callback.begun();
    await query(urlOf(place), text(tableOf(place)));
    callback.finish('edited');
    await assert.rejects(edit, { code: CODE, key: 'a' });
    assert.equal(await store.getItem('a'), after);
    assert.equal(await store.viewItem('a', (current) => current), after);
  });
}

test('an update by hand between the read and the write of a plain edit makes it reject', async (t) => {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const store = opened(t, through(place, proxy));
  await store.setItem('a', 'before');
  const stopped = proxy.stopBefore('toServer', ({ text }) => isWrite.test(text));
  const edit = store.editItem('a', () => 'edited');
  const link = await stopped;
  await query(
    urlOf(place),
    `UPDATE ${tableOf(place)} SET value = '"by hand"', version = version # 1`,
  );
  link.toServer.resume();
  await assert.rejects(edit, { code: CODE });
  assert.equal(await store.getItem('a'), 'by hand');
});

test('a lost lock of one item stores none of several', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place);
  await store.setItems([
    ['a', 'before'],
    ['b', 'before'],
  ]);
  const callback = held();
  const edit = store.editItems(['a', 'b'], callback);
  await callback.begun();
  await query(
    urlOf(place),
    `UPDATE ${tableOf(place)} SET value = '"by hand"', version = version # 1
      WHERE id = convert_to('a', 'UTF8')`,
  );
  callback.finish([
    ['a', 'edited'],
    ['b', 'edited'],
  ]);
  await assert.rejects(edit, { code: CODE });
  assert.deepEqual(await store.values(), ['by hand', 'before']);
});

// Without the version check, an edit by a connection that no longer has the lock would be stored.
test('an edit whose locks were given up on the server rejects', async (t) => {
  const place = await newPlace(t);
  const [store, actor] = [opened(t, place), startActor(t, place)];
  await store.setItem('a', 'before');
  const callback = held();
  const edit = store.editItem('a', callback);
  const rejected = assert.rejects(edit, { code: 'ERR_PERSIST_LOCK_CONNECTION' });
  await callback.begun();
  await query(
    urlOf(place),
    `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name LIKE $1`,
    [`persist-lock %:${process.pid}`],
  );
  assert.equal(await actor.call('append', 'a', '+'), 'before+');
  await rejected;
  callback.finish('edited');
  assert.equal(await store.getItem('a'), 'before+');
});

test('a callback that ends while its turn is refused leaves the next turn whole', async (t) => {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const store = opened(t, through(place, proxy));
  await store.setItem('a', 'before');
  const stopped = proxy.stopBefore('toServer', ({ text }) => isWrite.test(text));
  const callback = held();
  const both = Promise.allSettled([
    store.editItem('a', () => 'edited'),
    store.editItem('b', callback),
  ]);
  const link = await stopped;
  await query(
    urlOf(place),
    `UPDATE ${tableOf(place)} SET value = '"by hand"', version = version # 1`,
  );
  callback.finish('edited');
  const next = store.editItem('c', () => 'next');
  await immediate();
  link.toServer.resume();
  const [refused, going] = await both;
  assert.equal(refused.reason.code, CODE);
  assert.equal(going.value, 'edited');
  assert.equal(await next, 'next');
  assert.equal(await store.editItem('b', (current) => `${current}+`), 'edited+');
});

test('a refused edit keeps no lock while another edit of its process goes on', async (t) => {
  const place = await newPlace(t);
  const [store, other] = [opened(t, place), opened(t, place)];
  await store.setItem('a', 'before');
  const [long, callback] = [held(), held()];
  const going = store.editItem('b', long);
  const refused = store.editItem('a', callback);
  await Promise.all([long.begun(), callback.begun()]);
  await query(
    urlOf(place),
    `UPDATE ${tableOf(place)} SET value = '"by hand"', version = version # 1`,
  );
  callback.finish('edited');
  await assert.rejects(refused, { code: CODE });
  assert.equal(await other.editItem('a', (current) => `${current}+`), 'by hand+');
  long.finish('edited');
  assert.equal(await going, 'edited');
});
