'use strict';

// A server that has crashed uses the numbers of lost transactions again: what it says of such a number
// is said of another transaction.

const assert = require('node:assert/strict');
const test = require('node:test');
const { withoutBouncer, withoutServer } = require('../../support/postgres/binaries');
const { bouncer } = require('../../support/postgres/bouncer');
const { isWrite } = require('../../support/postgres/commits');
const { opened, placeOn, through } = require('../../support/postgres/places');
const { startProxy } = require('../../support/postgres/proxy');
const { ownServer } = require('../../support/postgres/servers');

const WRITES = {
  'a plain edit': (store) => store.editItem('a', () => 'after'),
  'an asynchronous edit': (store) => store.editItem('a', async () => 'after'),
  'a set': (store) => store.setItem('a', 'after'),
  'a removal': (store) => store.removeItem('a'),
};

/** Waits until the store's transaction has a number; resolves with it. */
async function numberOf(server) {
  const text = `SELECT backend_xid::text AS number FROM pg_stat_activity
    WHERE application_name LIKE $1 AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'`;
  for (;;) {
    const [row] = await server.query(text, [`persist-lock %:${process.pid}`]);
    if (row !== undefined) return row.number;
  }
}

/** Makes transactions until the server says that one of this number was committed. */
async function useAgain(server, number) {
  for (;;) {
    await server.query('SELECT pg_current_xact_id()');
    const text = `SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot())
      THEN pg_xact_status($1::xid8) END AS status`;
    const [{ status }] = await server.query(text, [number]);
    if (status === 'committed') return;
  }
}

/** The ways to the server, with the reasons to skip their tests. */
const WAYS = {
  directly: { skip: withoutServer, url: async (t, { url }) => url },
  // Its clients do not learn of a crash of the server.
  'through a pooler': {
    skip: withoutServer || withoutBouncer,
    url: async (t, server) => (await bouncer(t, server)).url,
  },
};

for (const [way, { skip, url }] of Object.entries(WAYS)) {
  for (const [name, write] of Object.entries(WRITES)) {
    const title = `the number of ${name} that was lost is used again, ${way}: it does not resolve`;
    test(title, { skip }, async (t) => {
      const server = await ownServer(t);
      const proxy = await startProxy(t, await url(t, server));
      const store = opened(t, through(placeOn(server), proxy));
      const other = opened(t, placeOn(server));
      await other.setItem('a', 'before');
      // More than one connection: the others may ask for the outcome.
      await Promise.all([store.keys(), store.getItem('a'), store.setItem('b', 1)]);
      const stopped = proxy.stopBefore('toServer', ({ text }) => isWrite.test(text));
      const outcome = write(store).then(
        () => 'resolved',
        ({ code }) => code,
      );
      const link = await stopped;
      const number = await numberOf(server);
      // Neither the end of a connection nor a new one shows the crash to the store.
      proxy.stop();
      await server.kill();
      await server.start();
      await useAgain(server, number);
      // So the row does not tell what became of the transaction.
      await other.setItem('a', 'by the other');
      proxy.resume();
      link.cut();
      if (way === 'directly') proxy.cut();
      const codes = ['ERR_PERSIST_LOCK_UNKNOWN_OUTCOME', 'ERR_PERSIST_LOCK_CONNECTION'];
      assert.ok(codes.includes(await outcome), await outcome);
      assert.equal(await other.getItem('a'), 'by the other');
    });
  }
}
