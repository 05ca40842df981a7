'use strict';

// A watcher that begins while its own process commits: it is told of each commit since the call of
// `watch`, also if it sees the commit on the server before the process has the answer.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const test = require('node:test');
const { REMOVE } = require('../../lib/calls/operations');
const { takeShort } = require('../support/changes');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { stopAtCommit } = require('../support/postgres/commits');
const { newPlace, opened, query, through, tableOf, urlOf } = require('../support/postgres/places');
const { startProxy } = require('../support/postgres/proxy');
const { untilTrue } = require('../support/postgres/servers');

/** Changes of the item `a`, each with what a watcher is told. */
const CHANGES = {
  setItem: [(store) => store.setItem('a', 1), 'a=1'],
  editItem: [(store) => store.editItem('a', () => 1), 'a=1'],
  'asynchronous editItem': [(store) => store.editItem('a', async () => 1), 'a=1'],
  'editItem that removes': [(store) => store.editItem('a', () => REMOVE), 'a'],
  clear: [(store) => store.clear(), 'a'],
};

/** Matches the statement by which a watcher that begins finds its place in the log. */
const LOOK = /commit >= current_setting\('persist_lock\.horizon'\)/;

/** True, as SQL, if a transaction of this process waits for its next message. */
const WAITS = `EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE $1
  AND xact_start IS NOT NULL AND wait_event = 'ClientRead')`;

/** Stops the next new link, that of a watcher. The function lets it go on until its first look is over. */
function stopWatcher(proxy) {
  const made = once(proxy, 'link').then(([link]) => {
    link.toServer.stop();
    return link;
  });
  return async () => {
    const link = await made;
    const looked = new Promise((resolve) => {
      let isLooking = false;
      link.toServer.on('message', ({ text }) => (isLooking ||= LOOK.test(text)));
      link.toClient.on('message', ({ type }) => isLooking && type === 'Z' && resolve());
    });
    link.toServer.resume();
    await looked;
  };
}

/**
 * Opens a store with the item `a`, and makes a change of it, and a watcher that looks when the server
 * has committed the change. `link` has not passed on the answer yet, apart from the transaction's
 * number.
 */
async function watchedBeforeAnswer(t, change) {
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  const store = opened(t, through(place, proxy));
  await store.setItem('a', 0);
  const look = stopWatcher(proxy);
  const watcher = store.watch();
  const committing = stopAtCommit(proxy, 'toServer');
  const changed = change(store);
  const link = await committing;
  await untilTrue(urlOf(place), WAITS, [`persist-lock %:${process.pid}`]);
  // The number has passed by the end of this query.
  await query(proxy.url, 'SELECT');
  link.toClient.stop();
  link.toServer.resume();
  const isChanged = `NOT EXISTS (SELECT FROM ${tableOf(place)} WHERE value::text = '0')`;
  await untilTrue(urlOf(place), isChanged);
  await look();
  // The watcher has taken the answer to its look by the end of this query.
  await query(urlOf(place), 'SELECT');
  return { store, watcher, link, changed };
}

for (const [name, [change, told]] of Object.entries(CHANGES)) {
  test(`a watcher that begins before the answer to ${name} is told`, { skip }, async (t) => {
    const { store, watcher, link, changed } = await watchedBeforeAnswer(t, change);
    link.toClient.resume();
    await changed;
    await store.setItem('end', 1);
    assert.deepEqual(await takeShort(watcher, 1), [told]);
    await watcher.return();
  });
}

for (const name of ['setItem', 'editItem']) {
  test(`a watcher that begins before ${name} has lost its answer is told`, { skip }, async (t) => {
    const [change, told] = CHANGES[name];
    const { store, watcher, link, changed } = await watchedBeforeAnswer(t, change);
    link.cut();
    await changed;
    await store.setItem('end', 1);
    assert.deepEqual(await takeShort(watcher, 1), [told]);
    await watcher.return();
  });
}
