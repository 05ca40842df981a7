'use strict';

// Calls of more keys than a turn may have locks of: they run while no other turn does, and keep their
// place among the calls of their instance.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Client } = require('pg');
const { Keys } = require('../../lib/postgres/keys');
const { namesOf } = require('../../lib/postgres/names');
const { newPlace, opened, query, urlOf } = require('../support/postgres/places');
const { held } = require('../support/waiting');

const KEYS = Array.from({ length: 300 }, (_, at) => `key ${at}`);

/** Ends the sessions of this process that are in a transaction. */
function endTransactions(place) {
  return query(
    urlOf(place),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE state = 'idle in transaction' AND application_name LIKE '%:${process.pid}'`,
  );
}

test('an asynchronous edit of many keys holds all of them, and others wait for each', async (t) => {
  const place = await newPlace(t);
  const [store, other] = [opened(t, place), opened(t, place)];
  const callback = held();
  const edit = store.editItems(KEYS, callback);
  await callback.begun();
  const order = [];
  const single = other.editItem('key 299', (current) => order.push(current));
  const many = other.setItems(KEYS.map((key) => [key, 'set']));
  await other.setItem('another', 1);
  callback.finish(KEYS.map((key) => [key, 'edited']));
  await edit;
  await Promise.all([single, many]);
  assert.deepEqual(order, ['edited']);
  assert.equal(await store.getItem('key 0'), 'set');
});

test('an asynchronous edit of many keys rejects when its connection is lost, and stores nothing', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place);
  const callback = held();
  const edit = store.editItems(KEYS, callback);
  await callback.begun();
  await store.setItem('another', 1);
  const rejected = assert.rejects(edit, { code: 'ERR_PERSIST_LOCK_CONNECTION' });
  // A connection that only leases does not keep the process alive.
  const alive = setInterval(() => {}, 1_000);
  await endTransactions(place);
  await rejected;
  clearInterval(alive);
  callback.finish(KEYS.map((key) => [key, 'edited']));
  await store.setItems(KEYS.map((key) => [key, 'set']));
  assert.equal(await store.getItem('key 299'), 'set');
});

// Otherwise it and a call of many keys, which has the lock of the store, would wait for each other.
test(
  'who gets a key while another has the store lets go of the key',
  { timeout: 30_000 },
  async (t) => {
    const place = await newPlace(t);
    const store = opened(t, place);
    await store.setItem('a', 'before');
    const { schema } = JSON.parse(place);
    const keys = new Keys(namesOf(schema, 'persist_lock'));
    const client = new Client({ connectionString: urlOf(place) });
    await client.connect();
    t.after(() => client.end());
    // Through a pooler, a session is this client's for a transaction only.
    await client.query('BEGIN');
    const lock = (way, number) => client.query(`SELECT ${way}(${number}) AS is`);
    await lock('pg_advisory_lock', keys.lockOf('a'));
    const edit = store.editItem('a', (current) => `${current}+`);
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND objid = (${keys.lockOf('a')}::bigint & 4294967295)::oid`;
    while ((await client.query(waiting)).rowCount === 0);
    await lock('pg_advisory_lock', keys.storeLock);
    await lock('pg_advisory_unlock', keys.lockOf('a'));
    // The edit gets the key in between, or has it until it finds out that it does not get the store.
    while ((await client.query(waiting)).rowCount > 0);
    while (!(await lock('pg_try_advisory_lock', keys.lockOf('a'))).rows[0].is);
    await lock('pg_advisory_unlock', keys.lockOf('a'));
    await lock('pg_advisory_unlock', keys.storeLock);
    await client.query('COMMIT');
    assert.equal(await edit, 'before+');
  },
);
