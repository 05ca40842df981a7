'use strict';

// The plans of statements: made once for each connection. The server would plan a statement again for
// each key where it takes that to be cheaper, and planning takes longer than reading an item.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Codec } = require('../../lib/codec');
const { Lifecycle } = require('../../lib/postgres/lifecycle');
const { Reads } = require('../../lib/postgres/reads');
const { withoutServer } = require('../support/postgres/binaries');
const { connectionsTo, rowsOf } = require('../support/postgres/engine-parts');
const { newSchema, sharedServer } = require('../support/postgres/servers');

test('reads are planned once', { skip: withoutServer }, async (t) => {
  const { url } = await sharedServer();
  const place = { connectionString: url, schema: await newSchema(t, url) };
  const connections = connectionsTo(t, place);
  const { names, keys } = connections;
  const lifecycle = new Lifecycle({ connections });
  const reads = new Reads({ connections, lifecycle, codec: new Codec(), names, keys });
  for (let at = 0; at < 20; at++) assert.equal(await reads.value(`key ${at}`), undefined);
  const connection = await connections.take();
  if (connection.isPooled) {
    t.skip('through a pooler statements have no names');
    return;
  }
  const statements = await rowsOf(
    connection,
    "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name LIKE 'pl_read%'",
  );
  connections.giveBack(connection);
  assert.deepEqual(statements, [['20', '0']]);
});
