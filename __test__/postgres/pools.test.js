'use strict';

// A store beside the user's own pool: it takes the pool's settings, and none of its clients.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Pool } = require('pg');
const { PersistLock } = require('../../postgres');
const { newPlace } = require('../support/postgres/places');

/** Opens a store by a pool of the user's. */
async function withPool(t, options) {
  const { connectionString, ...place } = JSON.parse(await newPlace(t));
  const pool = new Pool({ connectionString, ...options });
  const store = new PersistLock({ pool, ...place }, { lockTimeout: 60_000 });
  t.after(() => pool.end());
  t.after(() => store.close());
  return { pool, store };
}

test('edits go on while the code around them holds all clients of the pool', async (t) => {
  const { pool, store } = await withPool(t, { max: 2 });
  const edits = Array.from({ length: 4 }, async () => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await store.editItem('a', (current) => (current ?? 0) + 1);
      await store.editItem('b', async (current) => (current ?? 0) + 1);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  });
  await Promise.all(edits);
  assert.deepEqual(await store.entries(), [
    ['a', 4],
    ['b', 4],
  ]);
});

test('a store that is closed leaves the pool open, and the other way round', async (t) => {
  const { pool, store } = await withPool(t, {});
  await store.setItem('a', 1);
  await pool.query('SELECT 1');
  assert.equal(pool.totalCount, 1);
  await store.close();
  assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1);
});

test('the type parsers of the user change no item', async (t) => {
  const types = { getTypeParser: () => () => 'by the user' };
  const { pool, store } = await withPool(t, { types });
  const item = { big: 1e21, text: '\0', list: [null, true] };
  await store.setItem('a', item, { ttl: 60_000 });
  assert.deepEqual(await store.getItem('a'), item);
  assert.deepEqual(await store.editItem('a', (current) => current), item);
  assert.ok((await store.getExpiry('a')) instanceof Date);
  assert.deepEqual((await pool.query('SELECT 1 AS one')).rows, [{ one: 'by the user' }]);
});
