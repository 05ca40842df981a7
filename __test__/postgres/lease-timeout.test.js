'use strict';

// Callbacks that outlive their locks: their edits reject and are not stored. A lease of a process that
// answers does not end by time.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const test = require('node:test');
const { startActor, untilWaiting } = require('../support/postgres/actors');
const { newPlace, opened, query, urlOf } = require('../support/postgres/places');
const { held } = require('../support/waiting');

const BLOCKER = path.join(__dirname, '../support/programs/blocker.js');

test('an edit whose callback stops the event loop for longer rejects, and is not stored', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, { lockTimeout: 60_000 });
  await store.setItem('a', 'before');
  const args = [BLOCKER, place, JSON.stringify({ leaseTimeout: 300 })];
  const blocker = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => blocker.kill('SIGKILL'));
  const lines = readline.createInterface({ input: blocker.stdout });
  const [begun] = await once(lines, 'line');
  assert.equal(begun, 'editing');
  assert.equal(await store.editItem('a', (current) => `${current}+`), 'before+');
  const ended = once(lines, 'line');
  blocker.stdin.end('.');
  assert.deepEqual(await ended, ['ERR_PERSIST_LOCK_CONNECTION after 1']);
  assert.equal(await store.getItem('a'), 'before+');
});

test('a lease outlasts its leaseTimeout as long as its process answers', async (t) => {
  const place = await newPlace(t);
  const holder = startActor(t, place, { leaseTimeout: 300 });
  const store = opened(t, place, { lockTimeout: 60_000 });
  await holder.call('set', 'a', 'before');
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const next = store.editItem('a', (current) => `${current}, next`);
  await untilWaiting(place);
  const text = 'SELECT pg_sleep(1.5)';
  // The server's clock passes five times the leaseTimeout.
  await query(urlOf(place), text);
  assert.equal(await edit.finish('edited'), 'edited');
  assert.equal(await next, 'edited, next');
});

test('a lease without a limit is kept', async (t) => {
  const place = await newPlace(t);
  const store = opened(t, place, { leaseTimeout: Infinity });
  const callback = held();
  const edit = store.editItem('a', callback);
  await callback.begun();
  const text = `SELECT setting FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'`;
  assert.equal((await query(urlOf(place), text)).length, 1);
  callback.finish('edited');
  assert.equal(await edit, 'edited');
});
