'use strict';

// The tables of a store: made when it is opened, or by a migration; and servers and tables that
// cannot hold one, which are refused with advice.

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { isLost } = require('../../lib/postgres/errors');
const { openStore } = require('../../lib/postgres/opening');
const { ddlOf } = require('../../lib/postgres/schema');
const { withoutDebian, withoutServer } = require('../support/postgres/binaries');
const { connectionsTo, rowsOf } = require('../support/postgres/engine-parts');
const servers = require('../support/postgres/servers');

const { newDatabase, newRole, newSchema, query } = servers;
const options = { skip: withoutServer };
const TABLES = ['items', 'items_changes', 'items_server', 'items_watchers'];
const EVERYTHING = TABLES.map((table) => ({ table }));
const TABLES_OF =
  'SELECT tablename AS table FROM pg_tables WHERE schemaname = $1 ORDER BY tablename';

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await servers.sharedServer());
});

/** Makes a schema with the tables of a store in it, changed by some SQL. */
async function changedTables(t, change) {
  const schema = await newSchema(t, server);
  await query(server, ddlOf({ schema, table: 'items' }));
  await query(server, `SET search_path = ${schema}; ${change}`);
  return { connectionString: server, schema, table: 'items' };
}

/** Checks that opening a store rejects with a code and a message. */
async function isRefused(t, place, code, message) {
  const connections = connectionsTo(t, place);
  await assert.rejects(connections.open(), (error) => {
    assert.equal(error.name, 'PersistLockError');
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

const UNSUPPORTED = 'ERR_PERSIST_LOCK_UNSUPPORTED';

test('many that start at once make the tables once', options, async (t) => {
  const place = { connectionString: server, schema: await newSchema(t, server), table: 'items' };
  const all = Array.from({ length: 12 }, () => connectionsTo(t, place));
  await Promise.all(all.map((connections) => connections.open()));
  assert.deepEqual(await query(server, TABLES_OF, [place.schema]), EVERYTHING);
  const connection = await all[0].take();
  assert.match(connection.incarnation, /^-?\d+$/);
  const [[count]] = await rowsOf(connection, `SELECT count(*) FROM ${all[0].names.server}`);
  assert.equal(count, '1');
  const identities = new Set(all.map(({ identity }) => identity));
  assert.equal(identities.size, 1);
});

test('names of any characters are quoted', options, async (t) => {
  const schema = await newSchema(t, server);
  const place = { connectionString: server, schema, table: `it's "a" Table` };
  await connectionsTo(t, place).open();
  const [{ count }] = await query(server, 'SELECT count(*) FROM pg_tables WHERE schemaname = $1', [
    schema,
  ]);
  assert.equal(count, '4');
});

test('tables that a part of is missing are completed', options, async (t) => {
  const place = await changedTables(t, 'DROP TABLE items_changes; DROP TABLE items_watchers');
  await connectionsTo(t, place).open();
  assert.deepEqual(await query(server, TABLES_OF, [place.schema]), EVERYTHING);
});

test('an extra connection makes no tables', options, async (t) => {
  const place = { connectionString: server, schema: await newSchema(t, server), table: 'items' };
  const connections = connectionsTo(t, place);
  const connection = await connections.makeExtra();
  assert.deepEqual(await rowsOf(connection, 'SELECT 1'), [['1']]);
  assert.deepEqual(await query(server, TABLES_OF, [place.schema]), []);
});

/** Makes the tables by a migration, and a role that may use them as the documentation says. */
async function migrated(t) {
  const schema = await newSchema(t, server);
  const { role, url } = await newRole(t, server);
  await query(server, ddlOf({ schema, table: 'items' }));
  await query(server, `GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  const all = TABLES.map((table) => `${schema}.${table}`).join(', ');
  await query(server, `GRANT SELECT, INSERT, UPDATE, DELETE ON ${all} TO ${role}`);
  return { role, place: { connectionString: url, schema, table: 'items' } };
}

test('a role that may only use the tables opens a store', options, async (t) => {
  const { place } = await migrated(t);
  const connections = connectionsTo(t, place);
  const { names } = connections;
  const connection = await connections.take();
  assert.match(connection.incarnation, /^-?\d+$/);
  await connection.run([
    { text: `INSERT INTO ${names.table} (id, value, version) VALUES ('\\x61', '1', 2)` },
    { text: `INSERT INTO ${names.changes} (id) VALUES ('\\x61')` },
    { text: `DELETE FROM ${names.table}` },
    { text: `DELETE FROM ${names.changes}` },
  ]);
});

test('a role that may not make tables is told what to run', options, async (t) => {
  const { place } = await migrated(t);
  await isRefused(t, { ...place, table: 'others' }, '42501', /npx persist-lock schema/);
});

test('a role that may not use a table is told what to grant', options, async (t) => {
  const { place, role } = await migrated(t);
  await query(server, `REVOKE DELETE ON ${place.schema}.items FROM ${role}`);
  await isRefused(t, place, '42501', new RegExp(`GRANT DELETE ON .*"items" TO ${role}`));
  await query(server, `REVOKE USAGE ON SCHEMA ${place.schema} FROM ${role}`);
  await isRefused(t, place, '42501', /Grant it USAGE/);
});

test('a schema that is not there is named', options, async (t) => {
  await isRefused(t, { connectionString: server, schema: 'nowhere' }, '3F000', /"nowhere"/);
});

const FOREIGN = {
  'a column has another type': [
    'ALTER TABLE items ALTER COLUMN id TYPE text',
    /column id of type text, not bytea/,
  ],
  'a column is missing': ['ALTER TABLE items DROP COLUMN version', /no column version/],
  'the primary key is missing': [
    'ALTER TABLE items DROP CONSTRAINT items_pkey',
    /no primary key id/,
  ],
  'there is a view': [
    'DROP TABLE items; CREATE VIEW items AS SELECT 1 AS id',
    /"items".* is no table/,
  ],
  'the items would not outlast a crash': ['ALTER TABLE items SET UNLOGGED', /SET LOGGED/],
  'the incarnation would outlast a crash': ['ALTER TABLE items_server SET LOGGED', /SET UNLOGGED/],
};

for (const [name, [change, message]] of Object.entries(FOREIGN)) {
  test(`a table is refused if ${name}`, options, async (t) => {
    await isRefused(t, await changedTables(t, change), UNSUPPORTED, message);
  });
}

test('columns and indexes of the user are accepted', options, async (t) => {
  const change = 'ALTER TABLE items ADD COLUMN note text; CREATE INDEX ON items (note)';
  await connectionsTo(t, await changedTables(t, change)).open();
});

test('a table with hidden rows is refused', options, async (t) => {
  const { place } = await migrated(t);
  await query(server, `ALTER TABLE ${place.schema}.items ENABLE ROW LEVEL SECURITY`);
  await isRefused(t, place, UNSUPPORTED, /Row security/);
  await connectionsTo(t, { ...place, connectionString: server }).open();
});

test('another encoding is refused', options, async (t) => {
  const url = await newDatabase(t, server, "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  await isRefused(t, { connectionString: url }, UNSUPPORTED, /encoding .* LATIN1/);
});

test('a role whose transactions are read-only is refused', options, async (t) => {
  const { place, role } = await migrated(t);
  await query(server, `ALTER ROLE ${role} SET default_transaction_read_only = on`);
  await isRefused(t, place, UNSUPPORTED, /read-only/);
});

test('a server whose locks do not lock is refused', options, async (t) => {
  const url = await newDatabase(t, server);
  await query(
    url,
    `CREATE OR REPLACE FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) RETURNS boolean
      LANGUAGE sql AS 'SELECT true'`,
  );
  await isRefused(t, { connectionString: url }, UNSUPPORTED, /do not exclude each other/);
});

test('a standby is refused', { skip: withoutDebian }, async (t) => {
  const primary = await servers.ownServer(t, { version: 'debian' });
  const standby = await servers.standbyOf(t, primary);
  await isRefused(t, { connectionString: standby.url }, UNSUPPORTED, /standby/);
});

test(
  'a session that ends while its lock is tried is no fault of the server',
  options,
  async (t) => {
    const place = { connectionString: server, schema: await newSchema(t, server), table: 'items' };
    const connections = connectionsTo(t, place);
    const [first, second] = [await connections.makeExtra(), await connections.makeExtra()];
    const ending = {
      server: first.server,
      begin: () => first.begin(),
      run: async (statements) => {
        const results = await first.run(statements);
        await query(server, `SELECT pg_terminate_backend(${first.backend}, 60000)`);
        return results;
      },
    };
    await assert.rejects(openStore(ending, second, connections.names, connections.keys), isLost);
  },
);
