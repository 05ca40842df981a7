'use strict';

// Listings over PostgreSQL: their order, and the moment that each shows.

const assert = require('node:assert/strict');
const process = require('node:process');
const { setImmediate: tick } = require('node:timers/promises');
const { test } = require('node:test');
const { inOrder } = require('../support/key-order');
const { newPlace, open, sql, write } = require('../support/postgres/parts');
const { withoutServer: skip } = require('../support/postgres/binaries');

require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');

/** Some short keys, and long ones that share more bytes than an id has. */
const LONG = 'x'.repeat(799);
const KEYS = [
  ...['', '\0', 'a', 'ab', 'b', '\ud83d', '😀', '\uffff', '\udc00', 'é', 'x'],
  ...[LONG, `${LONG}y`, `${LONG}yz`, `${LONG}y\ud800`, `${LONG}é`, `${LONG}éa`],
  ...Array.from({ length: 20 }, (_, at) => `${LONG}y${(at * 7) % 20}`),
];

const ORDERED = [...KEYS].sort(inOrder);

/** Lists what a choice of keys should list. */
function expected({ prefix = '', from, to, limit = Infinity, reverse = false, matches }) {
  const keys = ORDERED.filter((key) => {
    const isIn =
      key.startsWith(prefix) &&
      (from === undefined || inOrder(key, from) >= 0) &&
      (to === undefined || inOrder(key, to) < 0);
    return isIn && (matches === undefined || matches(key));
  });
  if (reverse) keys.reverse();
  return keys.slice(0, limit);
}

async function joined(parts) {
  const all = [];
  for await (const part of parts) all.push(...part);
  return all;
}

test('every choice lists its keys in the order of their bytes', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  await write(
    parts,
    KEYS.map((key) => [key, key.length]),
  );
  await write(parts, [['expired', 0]], { expires: 1 });
  const { listings } = parts;
  const bounds = [undefined, '', 'a', '\ud83d', LONG, `${LONG}y1`, `${LONG}é`, `${LONG}y9z`];
  const prefixes = [undefined, 'a', 'x', '\ud83d', LONG, `${LONG}y`, `${LONG}y1`];
  let count = 0;
  for (const prefix of prefixes) {
    for (const from of bounds) {
      const to = bounds[(bounds.indexOf(from) * 3 + 5) % bounds.length];
      for (const limit of [[undefined, 3], [0, 9], [1]][count++ % 3]) {
        const matches = limit === 3 ? (key) => key.length % 2 === 1 : undefined;
        const choice = { prefix, from, to, limit, reverse: limit === 9, matches };
        const keys = expected(choice);
        const about = JSON.stringify(choice);
        assert.deepEqual(await listings.list('keys', choice), keys, about);
        assert.deepEqual(await joined(listings.parts('keys', choice)), keys, about);
        assert.equal(await listings.count(choice), keys.length, about);
      }
    }
  }
  const wanted = ['b', 'none', `${LONG}yz`, 'expired', 'a'];
  assert.deepEqual(await listings.list('entries', { keys: wanted }), [
    ['b', 1],
    [`${LONG}yz`, 801],
    ['a', 1],
  ]);
  assert.deepEqual(await listings.sizes(), { items: KEYS.length, expired: 1 });
});

test('each kind has its form, in a list and in parts', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  await write(parts, [['a', { x: [1] }]]);
  await write(parts, [['\ud83d', null]], { expires: 99_999_999_999_999 });
  await sql(parts.options, `INSERT INTO ${parts.names.table} VALUES ('b', NULL, $1, NULL, 1)`, [
    '{\n"y":\r\n"\u2028"}',
  ]);
  const { listings } = parts;
  const forms = {
    keys: ['a', 'b', '\ud83d'],
    values: [{ x: [1] }, { y: '\u2028' }, null],
    entries: [
      ['a', { x: [1] }],
      ['b', { y: '\u2028' }],
      ['\ud83d', null],
    ],
    items: [
      ['a', { x: [1] }, null],
      ['b', { y: '\u2028' }, null],
      ['\ud83d', null, 99_999_999_999_999],
    ],
  };
  for (const [kind, items] of Object.entries(forms)) {
    assert.deepEqual(await listings.list(kind), items);
    assert.deepEqual(await joined(listings.parts(kind)), items);
  }
  const lines = [];
  for await (const part of listings.parts('lines')) lines.push(...part.split('\n'));
  assert.deepEqual(lines, [
    '{"key":"a","value":{"x":[1]}}',
    '{"key":"b","value":{ "y":  "\u2028"}}',
    '{"key":"\\ud83d","value":null,"expires":99999999999999}',
  ]);
});

test(
  'a walk shows the moment of its first part, however many walks there are',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place, { connections: 2 });
    const COUNT = 500;
    const names = Array.from({ length: COUNT }, (_, at) => `key ${at}`);
    const walks = [];
    for (let round = 0; round < 20; round++) {
      await write(
        parts,
        names.map((key) => [key, round]),
      );
      const walk = parts.listings.parts('values');
      walks.push({ walk, values: (await walk.next()).value });
    }
    const sessions = () =>
      sql(
        place,
        `SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE $1 AND state LIKE 'idle in%'`,
        [`persist-lock %:${process.pid}`],
      );
    assert.deepEqual(await sessions(), [{ count: 1 }]);
    await Promise.all(
      walks.map(async ({ walk, values }, round) => {
        for await (const part of walk) values.push(...part);
        assert.deepEqual(values, Array(COUNT).fill(round));
      }),
    );
    // The walks do not wait for the answer to their ends.
    while ((await sessions())[0].count > 0);
  },
);

test('a walk that is abandoned ends its transaction', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(
    parts,
    Array.from({ length: 2000 }, (_, at) => [`key ${at}`, at]),
  );
  const transactions = async () => {
    const rows = await sql(
      place,
      `SELECT 1 FROM pg_locks JOIN pg_class ON relation = pg_class.oid WHERE relname = 'items'
        AND relnamespace = '${place.schema}'::regnamespace`,
    );
    return rows.length;
  };
  const ways = [
    (walk) => walk.return(),
    (walk) => assert.rejects(walk.throw(new Error('enough')), /enough/),
    async () => {
      for await (const part of parts.listings.parts('keys')) if (part.length > 0) break;
    },
    async () => {
      for await (const part of parts.listings.parts('keys', { limit: 70 })) if (!part) break;
    },
  ];
  for (const way of ways) {
    const walk = parts.listings.parts('keys');
    await walk.next();
    assert.equal(await transactions(), 1);
    await way(walk);
    await walk.return();
    // The walk does not wait for the answer.
    while ((await transactions()) > 0);
  }
  await (async () => {
    const walk = parts.listings.parts('keys');
    await walk.next();
  })();
  assert.equal(await transactions(), 1);
  while ((await transactions()) > 0) {
    collect();
    await tick();
  }
});

test('a walk whose connection is lost rejects, and the next one goes on', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(
    parts,
    Array.from({ length: 2000 }, (_, at) => [`key ${at}`, at]),
  );
  const walk = parts.listings.parts('keys');
  await walk.next();
  await sql(
    place,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE $1 AND state = 'idle in transaction'`,
    [`persist-lock %:${process.pid}`],
  );
  await assert.rejects(joined(walk), { code: 'ERR_PERSIST_LOCK_CONNECTION' });
  assert.equal((await joined(parts.listings.parts('keys'))).length, 2000);
});

test('a walk of large values holds few of them', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  await write(
    parts,
    Array.from({ length: 200 }, (_, at) => [`key ${at}`, `${at}`.repeat(20_000)]),
  );
  const lengths = [];
  for await (const part of parts.listings.parts('values')) lengths.push(part.length);
  assert.equal(
    lengths.reduce((sum, length) => sum + length),
    200,
  );
  assert.ok(Math.max(...lengths.slice(1)) <= 4, `${lengths}`);
});
