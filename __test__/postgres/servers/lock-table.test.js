'use strict';

// Calls of many keys on a server whose table of locks is small: they end, and no other session finds
// the table full.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Client } = require('pg');
const { withoutServer } = require('../../support/postgres/binaries');
const { opened, placeOn } = require('../../support/postgres/places');
const { ownServer } = require('../../support/postgres/servers');
const { held } = require('../../support/waiting');

/** Room for some 2 000 locks of all sessions together. */
const SMALL = { max_connections: 30, max_locks_per_transaction: 20 };
const KEYS = 5_000;
/** The number of locks that another session takes and gives up again and again. */
const OTHERS = 300;

/** Takes locks in another session, again and again, until `end` is called; resolves with the number of rounds. */
function takeLocks(server) {
  let isEnded = false;
  const client = new Client({ connectionString: server.url });
  const taking = (async () => {
    await client.connect();
    let rounds = 0;
    for (; !isEnded; rounds++) {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(-n) FROM generate_series(1, ${OTHERS}) n`);
      await client.query('COMMIT');
    }
    await client.end();
    return rounds;
  })();
  const end = () => {
    isEnded = true;
    return taking;
  };
  return { end };
}

const entries = (value) => Array.from({ length: KEYS }, (_, at) => [`key ${at}`, value]);
const names = entries().map(([key]) => key);

const CALLS = {
  'a set of many keys': (store) => store.setItems(entries(1)),
  'an edit of many keys': (store) => store.editItems(names, () => entries(1)),
  'a removal of many keys': async (store) => {
    await store.setItems(entries(0));
    assert.equal(await store.removeItems(names), KEYS);
    await store.setItems(entries(1));
  },
  'a removal by a prefix': async (store) => {
    await store.setItems(entries(0));
    assert.equal(await store.removeItems({ prefix: 'key' }), KEYS);
    await store.setItems(entries(1));
  },
  'many sets at once': (store) =>
    Promise.all(entries(1).map(([key, value]) => store.setItem(key, value))),
  'many edits at once': (store) => Promise.all(names.map((key) => store.editItem(key, () => 1))),
  'many asynchronous edits at once': (store) =>
    Promise.all(names.map((key) => store.editItem(key, async () => 1))),
};

for (const [name, makeCalls] of Object.entries(CALLS)) {
  test(`${name} leaves room in the table of locks`, { skip: withoutServer }, async (t) => {
    const server = await ownServer(t, { settings: SMALL });
    const store = opened(t, placeOn(server), { lockTimeout: 120_000 });
    await store.init();
    const others = takeLocks(server);
    await makeCalls(store);
    assert.ok((await others.end()) > 0);
    assert.deepEqual(new Set(await store.values()), new Set([1]));
    assert.equal(await store.length(), KEYS);
  });
}

// One server for all of these would do; each begins with an empty table of locks.
test(
  'a call of many keys waits for the lease of one of them',
  { skip: withoutServer },
  async (t) => {
    const server = await ownServer(t, { settings: SMALL });
    const [store, other] = [opened(t, placeOn(server)), opened(t, placeOn(server))];
    const callback = held();
    const edit = other.editItem('key 7', callback);
    await callback.begun();
    const set = store.setItems(entries(1));
    const order = [];
    set.then(() => order.push('set'));
    // It holds nobody up while it waits.
    for (let at = 0; at < 20; at++) {
      await other.setItem('free', at);
      await store.editItem('free', async (current) => current + 1);
      assert.equal(await other.getItem('key 1'), undefined);
    }
    assert.deepEqual(order, []);
    callback.finish('edited');
    await edit;
    await set;
    assert.equal(await other.getItem('key 7'), 1);
  },
);

test('a full table of locks delays calls, and fails none', { skip: withoutServer }, async (t) => {
  const server = await ownServer(t, { settings: SMALL });
  const store = opened(t, placeOn(server), { lockTimeout: 120_000 });
  await store.init();
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('BEGIN');
  let taken = 0;
  for (let isFull = false; !isFull;) {
    await client.query('SAVEPOINT one');
    const text = `SELECT pg_advisory_xact_lock(-n) FROM generate_series($1::int, $1::int + 9) n`;
    await client.query(text, [taken + 1]).then(
      () => (taken += 10),
      async ({ code }) => {
        assert.equal(code, '53200');
        await client.query('ROLLBACK TO one');
        isFull = true;
      },
    );
  }
  const sets = Promise.all(names.slice(0, 300).map((key) => store.editItem(key, () => 1)));
  const settled = Promise.race([
    sets.then(() => 'set'),
    store.setItems(entries(1).slice(300, 600)),
  ]);
  await client.query('SELECT pg_sleep(0.2)');
  await client.query('ROLLBACK');
  await client.end();
  await settled;
  await sets;
});
