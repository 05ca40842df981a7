'use strict';

// An instance with as few connections as it may have: nothing waits for a connection that a call
// which waits, or holds, has.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor } = require('../support/postgres/actors');
const { newPlace, opened, query, urlOf } = require('../support/postgres/places');
const { newRole } = require('../support/postgres/servers');
const { held } = require('../support/waiting');

const options = { connections: 2, lockTimeout: 60_000 };

test('with two connections, waits for many keys of others hold up no other call', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, options);
  const holder = startActor(t, place);
  const keys = Array.from({ length: 6 }, (_, at) => `held ${at}`);
  const edits = keys.map((key) => holder.hold('holdEdit', key));
  for (const edit of edits) await edit.begun;
  const waiting = keys.map((key, at) =>
    at % 2 === 0
      ? store.editItem(key, (current) => `${current}, plain`)
      : store.editItem(key, async (current) => `${current}, later`),
  );
  for (let at = 0; at < 10; at++) {
    await store.setItem('free', at);
    assert.equal(await store.editItem('free', async (current) => current + 1), at + 1);
    assert.equal(await store.getItem('free'), at + 1);
    assert.deepEqual(await store.keys(), ['free']);
  }
  for (const edit of edits.reverse()) await edit.finish('edited');
  const ends = keys.map((_, at) => `edited, ${at % 2 === 0 ? 'plain' : 'later'}`);
  assert.deepEqual(await Promise.all(waiting), ends);
});

test('with two connections, callbacks make calls, and clear waits for them', async (t) => {
  const store = opened(t, await newPlace(t), options);
  const callbacks = Array.from({ length: 20 }, () => held());
  const edits = callbacks.map((callback, at) =>
    store.editItem(`key ${at}`, async () => {
      await callback();
      await store.setItem(`set inside ${at}`, at);
      assert.equal(await store.getItem(`set inside ${at}`), at);
      return store.editItem(`edited inside ${at}`, async () => at);
    }),
  );
  for (const callback of callbacks) await callback.begun();
  const clear = store.clear();
  for (const callback of callbacks) callback.finish();
  assert.deepEqual(
    await Promise.all(edits),
    callbacks.map((_, at) => at),
  );
  await clear;
  assert.deepEqual(await store.keys(), []);
});

test('an instance has no more connections than its option says', async (t) => {
  const place = await newPlace(t);
  const actor = startActor(t, place, { connections: 3, lockTimeout: 60_000 });
  const holder = startActor(t, place);
  const edits = Array.from({ length: 5 }, (_, at) => holder.hold('holdEdit', `${at}`));
  for (const edit of edits) await edit.begun;
  const waiting = edits.map((_, at) => actor.call('append', `${at}`, '+'));
  for (let at = 0; at < 10; at++) {
    await actor.call('set', 'free', at);
    const text = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE $1`;
    const [{ count }] = await query(urlOf(place), text, [`persist-lock %:${actor.pid}`]);
    assert.ok(count <= 3, `${count} connections`);
  }
  for (const edit of edits) await edit.finish('edited');
  for (const end of await Promise.all(waiting)) assert.equal(end, 'edited+');
});

test('where the server gives it fewer connections, an instance makes do with them', async (t) => {
  const place = JSON.parse(await newPlace(t));
  const { role, url } = await newRole(t, place.connectionString);
  const all = `GRANT ALL ON SCHEMA ${place.schema} TO ${role}; ALTER ROLE ${role} CONNECTION LIMIT 2`;
  await query(place.connectionString, all);
  const store = opened(t, JSON.stringify({ ...place, connectionString: url }));
  await store.setItem('a', 1);
  const callback = held();
  const edit = store.editItem('b', callback);
  await callback.begun();
  const reads = ['a', 'b'].map((key) => [store.getItem(key), store.hasItem(key), store.keys()]);
  const [[value, isThere, keys]] = await Promise.all(reads.map((each) => Promise.all(each)));
  assert.deepEqual([value, isThere, keys], [1, true, ['a']]);
  callback.finish('edited');
  await edit;
});
