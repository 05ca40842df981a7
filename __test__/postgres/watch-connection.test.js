'use strict';

// The connection of the watchers: messages on it, and its loss.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { takeShort } = require('../support/changes');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { begun, close, newPlace, open, sql, watch, write } = require('../support/postgres/parts');

test('a commit sends a message to other processes, if somebody watches', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const listener = await parts.connections.makeExtra();
  if (listener.isPooled) {
    t.skip('a pooler passes no messages');
    return;
  }
  const messages = [];
  listener.onNotification((channel, payload) => messages.push([channel, payload]));
  await listener.run([{ text: `LISTEN ${parts.names.channel}` }]);
  await write(parts, [['a', 1]]);
  await parts.changeLog.finish();
  const watcher = watch(parts);
  await begun(parts, watcher);
  await parts.changeLog.finish();
  await listener.run([{ text: 'SELECT 1' }]);
  assert.deepEqual(messages, [[parts.names.channel, '']]);
});

test('watchers go on where they were when their connection is lost', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const other = open(t, place);
  const watcher = watch(parts);
  await begun(parts, watcher);
  for (let at = 0; at < 5; at++) {
    const told = takeShort(watcher, 1);
    await sql(
      place,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1
        AND query ~ 'persist_lock_|horizon|pl_' AND pid <> pg_backend_pid()`,
      [`persist-lock %:${process.pid}`],
    ).catch(() => {});
    for (;;) {
      try {
        await write(other, [['a', at]]);
        break;
      } catch {
        // Its connection was ended too.
      }
    }
    assert.deepEqual(await told, [`a=${at}`]);
  }
});

test('watchers that have begun outlive a server with too many connections', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const { connections } = parts;
  const makeExtra = connections.makeExtra.bind(connections);
  let made = await makeExtra();
  connections.makeExtra = async () => made;
  const watcher = watch(parts);
  await begun(parts, watcher);
  const refused = Object.assign(new Error('too many clients'), { code: '53300' });
  let refusals = 0;
  const late = [];
  connections.makeExtra = async () => {
    if (++refusals === 1) late.push(watch(parts, { key: 'late' }));
    if (refusals < 4) throw refused;
    return (made = await makeExtra());
  };
  const told = takeShort(watcher, 1);
  await connections.destroy(made);
  await write(parts, [['a', 1]]);
  assert.deepEqual(await told, ['a=1']);
  // One that has not begun is told why.
  await assert.rejects(late[0].next(), { code: '53300' });
});

test('after a statement of the watchers has failed, others watch', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const { changes, table } = parts.names;
  /** Runs `use` while each statement that names a column fails. */
  const without = async (name, column, use) => {
    await sql(place, `ALTER TABLE ${name} RENAME ${column} TO missing`);
    await use();
    await sql(place, `ALTER TABLE ${name} RENAME missing TO ${column}`);
  };
  const failure = { code: '42703' };
  const looking = watch(parts);
  await begun(parts, looking);
  await without(changes, 'n', async () => {
    const next = looking.next();
    await assert.rejects(watch(parts).next(), failure);
    await assert.rejects(next, failure);
  });
  const reading = watch(parts);
  await begun(parts, reading);
  await write(parts, [['a', 1]]);
  await without(table, 'expires', () => assert.rejects(reading.next(), failure));
  const watcher = watch(parts);
  await begun(parts, watcher);
  const told = takeShort(watcher, 1);
  await write(parts, [['a', 2]]);
  assert.deepEqual(await told, ['a=2']);
});

test('a store closes while its watchers wait for a connection', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const { connections } = parts;
  const makeExtra = connections.makeExtra.bind(connections);
  let made;
  connections.makeExtra = async () => (made = await makeExtra());
  const watcher = watch(parts);
  await begun(parts, watcher);
  const connecting = new Promise((resolve) => {
    connections.makeExtra = () => {
      resolve();
      return new Promise(() => {});
    };
  });
  const next = watcher.next();
  await connections.destroy(made);
  await connecting;
  await close(parts);
  assert.deepEqual(await next, { done: true, value: undefined });
});

test(
  'through a pooler, which passes no messages, watchers look by themselves',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    const { connections } = parts;
    const makeExtra = connections.makeExtra.bind(connections);
    const sent = [];
    connections.makeExtra = async () => {
      const connection = await makeExtra();
      connection.isPooled = true;
      const run = connection.run.bind(connection);
      connection.run = (statements) => {
        sent.push(...statements.map(({ text }) => text));
        return run(statements);
      };
      return connection;
    };
    const watcher = watch(parts);
    await begun(parts, watcher);
    const told = takeShort(watcher, 1);
    await write(other, [['a', 1]]);
    assert.deepEqual(await told, ['a=1']);
    assert.ok(!sent.some((text) => text.startsWith('LISTEN')));
  },
);
