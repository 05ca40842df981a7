'use strict';

// A server that has crashed uses the numbers of lost transactions again: what it says of such a number
// is said of another transaction.

const assert = require('node:assert/strict');
const test = require('node:test');
const { withoutServer } = require('../../support/postgres/binaries');
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

/** Waits until the transaction of a link has a number; resolves with it. */
async function numberOf(server, link) {
  const text = `SELECT backend_xid::text AS number FROM pg_stat_activity
    WHERE client_port = $1 AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'`;
  for (;;) {
    const [row] = await server.query(text, [link.port]);
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

for (const [name, write] of Object.entries(WRITES)) {
  test(
    `the number of ${name} that was lost is used again: it does not resolve`,
    { skip: withoutServer },
    async (t) => {
      const server = await ownServer(t);
      const place = placeOn(server);
      const proxy = await startProxy(t, server.url);
      const store = opened(t, through(place, proxy));
      const other = opened(t, place);
      await other.setItem('a', 'before');
      await store.init();
      const stopped = proxy.stopBefore('toServer', ({ text }) => isWrite.test(text));
      const outcome = write(store).then(
        () => 'resolved',
        ({ code }) => code,
      );
      const link = await stopped;
      const number = await numberOf(server, link);
      // Neither the end of the connection nor a new one shows the crash to the store.
      proxy.stop();
      await server.kill();
      await server.start();
      await useAgain(server, number);
      // So the row does not tell what became of the transaction.
      await other.setItem('a', 'by the other');
      proxy.resume();
      proxy.cut();
      const codes = ['ERR_PERSIST_LOCK_UNKNOWN_OUTCOME', 'ERR_PERSIST_LOCK_CONNECTION'];
      assert.ok(codes.includes(await outcome), await outcome);
      assert.equal(await other.getItem('a'), 'by the other');
    },
  );
}
