'use strict';

// The removal of expired items over PostgreSQL.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { newPlace, open, sql, watch, write } = require('../support/postgres/parts');

const PAST = 1;
const FUTURE = 99_999_999_999_999;

test('a sweep removes what has expired, and tells watchers', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const long = 'x'.repeat(900);
  const names = Array.from({ length: 200 }, (_, at) => `key ${at}`);
  await write(
    parts,
    [...names, long].map((key) => [key, 1]),
    { expires: PAST },
  );
  await write(parts, [['later', 1]], { expires: FUTURE });
  await write(parts, [['never', 1]]);
  const watcher = watch(parts, { prefix: 'x' });
  assert.equal(await parts.sweeps.run(), 201);
  const { value } = await watcher.next();
  assert.deepEqual([value.key, value.removed], [long, true]);
  assert.equal(await parts.sweeps.run(), 0);
  const rows = await sql(place, `SELECT convert_from(id, 'UTF8') AS key FROM ${parts.names.table}`);
  assert.deepEqual(new Set(rows.map(({ key }) => key)), new Set(['later', 'never']));
});

test(
  'a sweep skips items that somebody has a lock of, and waits for nobody',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const names = Array.from({ length: 100 }, (_, at) => `key ${at}`);
    await write(
      parts,
      names.map((key) => [key, 1]),
      { expires: PAST },
    );
    const holder = await parts.connections.take();
    const lock = (number) => holder.run([{ text: `SELECT pg_advisory_xact_lock(${number})` }]);
    await holder.run(holder.begin());
    await lock(parts.keys.lockOf('key 7'));
    assert.equal(await parts.sweeps.run(), 99);
    await holder.run([{ text: 'COMMIT' }, ...holder.begin()]);
    await lock(parts.keys.storeLock);
    assert.equal(await parts.sweeps.run(), 0);
    await holder.run([{ text: 'COMMIT' }]);
    parts.connections.giveBack(holder);
    assert.equal(await parts.sweeps.run(), 1);
  },
);

test('an item that was set again since a sweep has listed it stays', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(parts, [['a', 1]], { expires: PAST });
  const { connections } = parts;
  const take = connections.take.bind(connections);
  let takes = 0;
  connections.take = async () => {
    // The first is for the list, the second for the removal.
    if (++takes === 2) {
      connections.take = take;
      await write(parts, [['a', 2]], { expires: FUTURE });
    }
    return take();
  };
  assert.equal(await parts.sweeps.run(), 0);
  assert.equal(await parts.reads.value('a'), 2);
});

test('a sweep is over when it is told so', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const names = Array.from({ length: 300 }, (_, at) => `key ${at}`);
  await write(
    parts,
    names.map((key) => [key, 1]),
    { expires: PAST },
  );
  // Such a sweep does not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  let looks = 0;
  const swept = await parts.sweeps.run(() => ++looks > 2);
  assert.equal(swept, 128);
  assert.equal(parts.sweeps.isUnderWay, false);
});
