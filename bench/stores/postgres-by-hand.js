'use strict';

// PostgreSQL by hand, as a program without a store writes it: a table of keys and JSON, a pool of
// pg with its 10 connections, a transaction for each edit.
//
// With `lock: 'row'` an edit locks the item's row: `BEGIN; SELECT … FOR UPDATE; UPDATE; COMMIT`. With
// `lock: 'advisory'` it takes an advisory lock of the key first, as edits of items that may not exist
// need it.

const { Pool } = require('pg');
const { readPlace } = require('../lib/schemas');

const tableIn = (schema) =>
  `CREATE TABLE IF NOT EXISTS ${schema}.items (key text PRIMARY KEY, value json NOT NULL)`;
const SELECT = 'SELECT value FROM items WHERE key = $1';
const UPSERT =
  'INSERT INTO items (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value';

const EDITS = {
  async row(client, key, edit) {
    const lock = () => client.query(`${SELECT} FOR UPDATE`, [key]);
    let { rows } = await lock();
    if (rows.length === 0) {
      // A row that is not there cannot be locked: edits that begin together would be lost.
      await client.query("INSERT INTO items VALUES ($1, 'null') ON CONFLICT DO NOTHING", [key]);
      ({ rows } = await lock());
    }
    const value = JSON.stringify(await edit(rows[0].value ?? undefined));
    await client.query('UPDATE items SET value = $2 WHERE key = $1', [key, value]);
  },
  async advisory(client, key, edit) {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
    const { rows } = await client.query(SELECT, [key]);
    await client.query(UPSERT, [key, JSON.stringify(await edit(rows[0]?.value))]);
  },
};

async function open(folder, { lock }) {
  const { connectionString, schema } = await readPlace(folder, tableIn);
  const pool = new Pool({ connectionString, options: `-c search_path=${schema}` });
  const editInTransaction = EDITS[lock];

  const get = async (key) => (await pool.query(SELECT, [key])).rows[0]?.value;
  const set = (key, value) => pool.query(UPSERT, [key, JSON.stringify(value)]);
  const edit = async (key, editing) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await editInTransaction(client, key, editing);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };
  const setAll = (pairs) => Promise.all(pairs.map(([key, value]) => set(key, value)));
  return {
    get,
    set,
    edit,
    getAll: (keys) => Promise.all(keys.map(get)),
    setAll,
    editAll: (keys, editing) => Promise.all(keys.map((key) => edit(key, editing))),
    fill: setAll,
    close: () => pool.end(),
  };
}

module.exports = { open };
