'use strict';

// The log of changes: who writes it and when, its horizon, and the registration of those who watch.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { short, take, takeShort } = require('../support/changes');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { begun, close, newPlace, open, sql, watch, write } = require('../support/postgres/parts');
const PersistLock = require('../../postgres');

test('the log is written only while somebody watches', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const count = async () => {
    const [{ rows }] = await sql(place, `SELECT count(*)::int AS rows FROM ${parts.names.changes}`);
    return rows;
  };
  const before = await write(parts, [['a', 1]]);
  assert.equal(await count(), 0);
  const watcher = watch(parts);
  await write(parts, [['a', 2]]);
  assert.deepEqual(await takeShort(watcher, 1), ['a=2']);
  assert.equal(await count(), 1);
  // Its registration holds for some minutes, and nobody else has one.
  await watcher.return();
  await sql(place, `UPDATE ${parts.names.watchers} SET renewed = now() - interval '301 seconds'`);
  const missed = await write(parts, [['a', 3]]);
  assert.equal(await count(), 1);
  for (const since of [before, missed - 1]) {
    await assert.rejects(watch(parts, { since }).next(), { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  }
  const again = watch(open(t, place));
  const commit = await write(parts, [['a', 4]]);
  const after = watch(parts, { since: commit - 1 });
  assert.deepEqual(await takeShort(after, 1), ['a=4']);
  await again.return();
});

test('a watcher whose registration has lapsed ends, and a new one begins', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const other = open(t, place);
  const watcher = watch(parts);
  await write(parts, [['a', 1]]);
  await take(watcher, 1);
  const next = watcher.next();
  await sql(place, `UPDATE ${parts.names.watchers} SET renewed = now() - interval '301 seconds'`);
  await write(other, [['a', 2]]);
  await assert.rejects(next, { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  const again = watch(parts);
  await write(parts, [['a', 3]]);
  assert.deepEqual(await takeShort(again, 1), ['a=3']);
});

test(
  'a registration that came with a dump of another server is not joined',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    await write(parts, [['a', 1]]);
    await sql(
      place,
      `INSERT INTO ${parts.names.watchers} (id, renewed, since)
      VALUES (1, now(), (pg_current_xact_id()::text::bigint + 1000000)::text::xid8)`,
    );
    const watcher = watch(parts);
    await begun(parts, watcher);
    await write(parts, [['a', 2]]);
    assert.deepEqual(await takeShort(watcher, 1), ['a=2']);
  },
);

test(
  'changes wait for commits of the store under way, and for no other transaction',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    const watcher = watch(parts);
    await begun(parts, watcher);
    const foreign = await parts.connections.makeExtra();
    await foreign.run([{ text: 'BEGIN' }, { text: 'SELECT pg_current_xact_id()' }]);
    await write(parts, [['a', 1]]);
    assert.deepEqual(await takeShort(watcher, 1), ['a=1']);
    // The first of two commits ends last.
    let first;
    const told = [];
    await write(other, [['first', 1]], {
      before: async () => {
        first = watcher.next().then(({ value }) => told.push(short(value)));
        await write(parts, [['second', 2]]);
        await write(parts, [['third', 3]]);
        assert.deepEqual(told, []);
      },
    });
    await first;
    told.push(...(await takeShort(watcher, 2)));
    assert.deepEqual(told, ['first=1', 'second=2', 'third=3']);
    await foreign.run([{ text: 'ROLLBACK' }]);
  },
);

test(
  'a watcher begins once no commit is under way that may have overlooked it',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const { connections, changeLog, keys, names } = open(t, place);
    await write(parts, [['before', 0]]);
    const connection = await connections.take();
    const id = keys.idOf('late');
    await connection.run([
      ...connection.begin(),
      { text: `SELECT pg_advisory_xact_lock_shared(${keys.storeLock}), pg_current_xact_id()` },
      { text: `INSERT INTO ${names.table} VALUES ($1, NULL, '1', NULL, 1)`, values: [id] },
      changeLog.record([id], [null]),
    ]);
    const told = [];
    const watchers = [];
    // The second one joins the log of the first, which has not begun.
    for (const each of [parts, open(t, place)]) {
      const watcher = watch(each, { initial: true });
      watchers.push(takeShort(watcher, 2).finally(() => told.push(watcher)));
      const registered = `SELECT 1 FROM ${names.watchers} WHERE since < '9223372036854775807'`;
      while ((await sql(place, registered)).length < watchers.length);
      for (let at = 0; at < 20; at++) await sql(place, registered);
    }
    const early = told.length;
    await connection.run([{ text: 'COMMIT' }]);
    connections.giveBack(connection);
    assert.equal(early, 0);
    for (const watcher of watchers) assert.deepEqual(await watcher, ['before=0', 'late=1']);
  },
);

test(
  'a store closes while a commit under way keeps its watcher from beginning',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    await write(parts, [['before', 0]]);
    const { connections, keys, names } = open(t, place);
    const connection = await connections.take();
    await connection.run([
      ...connection.begin(),
      { text: `SELECT pg_advisory_xact_lock_shared(${keys.storeLock}), pg_current_xact_id()` },
    ]);
    const watcher = watch(parts);
    const registered = `SELECT FROM ${names.watchers} WHERE since < '9223372036854775807'`;
    while ((await sql(place, registered)).length === 0);
    await close(parts);
    assert.equal((await watcher.next()).done, true);
    assert.ok(connection.isInTransaction);
    connections.destroy(connection);
  },
);

test('a turn that has its number after a watcher has registered records', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(parts, [['before', 0]]);
  const count = `SELECT count(*)::int AS count FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted AND database =
      (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = ${parts.keys.storeLock}::bigint`;
  const changes = {
    edit: (store) => store.editItem('a', () => 1),
    set: (store) => store.setItem('a', 1),
    several: (store) => store.editItems(['a', 'b'], () => [['a', 1]]),
  };
  for (const [name, change] of Object.entries(changes)) {
    await sql(place, `DELETE FROM ${parts.names.watchers}`);
    await sql(place, `DELETE FROM ${parts.names.table} WHERE id <> $1`, [
      parts.keys.idOf('before'),
    ]);
    const store = new PersistLock(place);
    t.after(() => store.close());
    await store.init();
    // The turn waits for W, and has no number before.
    const connection = await parts.connections.makeExtra();
    await connection.run([
      ...connection.begin(),
      { text: `SELECT pg_advisory_xact_lock(${parts.keys.storeLock})` },
    ]);
    const changed = change(store);
    while ((await sql(place, count))[0].count === 0);
    const watcher = watch(open(t, place), { initial: true });
    assert.deepEqual(await takeShort(watcher, 1), ['before=0']);
    await connection.run([{ text: 'COMMIT' }]);
    await changed;
    await store.setItem('end', 2);
    assert.deepEqual(await takeShort(watcher, 1), ['a=1'], name);
    await watcher.return();
    parts.connections.destroy(connection);
  }
});

test('an edit that goes on while another is refused is told', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(parts, [['a', 1]]);
  const watcher = watch(parts);
  await begun(parts, watcher);
  const store = new PersistLock(place);
  t.after(() => store.close());
  let edited;
  const finish = await new Promise((begin) => {
    edited = store.editItem('b', () => new Promise((result) => begin(result)));
  });
  // Its statement waits for the row, which then has another version than it has read.
  const connection = await parts.connections.makeExtra();
  await connection.run([
    ...connection.begin(),
    { text: `UPDATE ${parts.names.table} SET version = 7` },
  ]);
  const refused = assert.rejects(
    store.editItem('a', () => 2),
    { code: 'ERR_PERSIST_LOCK_LOCK_LOST' },
  );
  const waits = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
    AND ${connection.backend} = ANY(pg_blocking_pids(pid))`;
  while ((await sql(place, waits)).length === 0);
  await connection.run([{ text: 'COMMIT' }]);
  parts.connections.destroy(connection);
  await refused;
  // A later commit is told before the edit that goes on has ended.
  await write(parts, [['c', 3]]);
  assert.deepEqual(await takeShort(watcher, 1), ['c=3']);
  finish(4);
  await edited;
  await write(parts, [['d', 5]]);
  assert.deepEqual(await takeShort(watcher, 1), ['b=4']);
});

test('changes that are too old are trimmed, and those who lag are told', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const { changes, watchers } = parts.names;
  const slow = watch(parts);
  const quick = watch(parts);
  await begun(parts, quick);
  const old = await write(parts, [['a', 1]]);
  await take(quick, 1);
  await sql(place, `UPDATE ${changes} SET at = now() - interval '61 minutes'`);
  const kept = await write(parts, [['b', 1]]);
  await take(quick, 1);
  const { Registration } = require('../../lib/postgres/registration');
  const registration = new Registration(parts);
  const connection = await parts.connections.take();
  await registration.make(connection);
  t.mock.method(registration, 'isDue', () => true);
  await registration.renew(connection);
  parts.connections.giveBack(connection);
  const rows = await sql(place, `SELECT commit::text FROM ${changes}`);
  assert.deepEqual(rows, [{ commit: String(kept) }]);
  const since = await sql(place, `SELECT DISTINCT since::text FROM ${watchers}`);
  assert.deepEqual(since, [{ since: String(old + 1) }]);
  await assert.rejects(slow.next(), { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  await assert.rejects(watch(parts, { since: old - 1 }).next(), {
    code: 'ERR_PERSIST_LOCK_COMPACTED',
  });
  assert.deepEqual(await takeShort(watch(parts, { since: old }), 1), ['b=1']);
  await write(parts, [['c', 1]]);
  assert.deepEqual(await takeShort(quick, 1), ['c=1']);
});

test('ten thousand watchers share one registration and one connection', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const COUNT = 10_000;
  const watchers = Array.from({ length: COUNT }, (_, at) => {
    return watch(parts, at % 2 === 0 ? {} : { key: `key ${at}` });
  });
  assert.equal(parts.watches.count, COUNT);
  const told = watchers.map((watcher) => watcher.next());
  await write(parts, [['key 1', 1]]);
  await Promise.all(told.filter((_, at) => at % 2 === 0 || at === 1));
  assert.deepEqual(await sql(place, `SELECT count(*)::int FROM ${parts.names.watchers}`), [
    { count: 1 },
  ]);
  for (const watcher of watchers) watcher.return();
  assert.equal(parts.watches.count, 0);
});
