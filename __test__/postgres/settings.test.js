'use strict';

// Settings that an administrator has given to a role or a database: no item is missed by them, and
// none is refused.

const assert = require('node:assert/strict');
const test = require('node:test');
const { PersistLock } = require('../../postgres');
const { withoutBouncer, withoutServer } = require('../support/postgres/binaries');
const { bouncer } = require('../support/postgres/bouncer');
const servers = require('../support/postgres/servers');

const { newDatabase, ownServer, query, sharedServer } = servers;

/** The forms of answers, unlike the server's default. */
const FORMS = [['bytea_output', 'escape']];
/** Settings that concern no session. */
const OTHERS = [
  ['array_nulls', 'off'],
  ['quote_all_identifiers', 'on'],
];

/** Gives a setting to each session with a database. */
function giveAll(url, [name, value]) {
  const database = new URL(url).pathname.slice(1);
  return query(url, `ALTER DATABASE ${database} SET ${name} = ${value}`);
}

for (const setting of [...FORMS, ...OTHERS]) {
  test(`items are found whatever ${setting[0]} is`, { skip: withoutServer }, async (t) => {
    const { url } = await sharedServer();
    const connectionString = await newDatabase(t, url);
    await giveAll(connectionString, setting);
    const store = new PersistLock({ connectionString });
    t.after(() => store.close());
    const long = `${'k'.repeat(1_000)}\0\\`;
    const keys = ['b"\\\0é', long];
    await store.setItems(keys.map((key) => [key, 1]));
    for (const key of keys) {
      assert.equal(await store.editItem(key, (value) => value + 1), 2);
      assert.equal(await store.editItem(key, async (value) => value + 1), 3);
    }
    assert.deepEqual(await store.keys(), keys);
    assert.deepEqual(await store.getItems(keys), new Map(keys.map((key) => [key, 3])));
  });
}

for (const setting of FORMS) {
  const options = { skip: withoutServer || withoutBouncer };
  // Reads outside transactions have the settings of the role there.
  test(`through a pooler a database with ${setting.join(' = ')} is refused`, options, async (t) => {
    const direct = await ownServer(t);
    await giveAll(direct.url, setting);
    const pooler = await bouncer(t, direct);
    const store = new PersistLock({ connectionString: pooler.url });
    t.after(() => store.close());
    await assert.rejects(store.init(), {
      code: 'ERR_PERSIST_LOCK_UNSUPPORTED',
      message: new RegExp(setting[0]),
    });
  });
}
