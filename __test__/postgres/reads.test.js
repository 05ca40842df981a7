'use strict';

// Reads of single items over PostgreSQL.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const { test } = require('node:test');
const { newPlace, open, sql, write } = require('../support/postgres/parts');
const { withoutServer: skip } = require('../support/postgres/binaries');

/** Notes the statements that the connections of a store send. */
function listen({ connections }) {
  const sent = [];
  const take = connections.take.bind(connections);
  connections.take = async () => {
    const connection = await take();
    if (!Object.hasOwn(connection, 'run')) {
      const run = connection.run.bind(connection);
      connection.run = (statements) => {
        sent.push(...statements);
        return run(statements);
      };
    }
    return connection;
  };
  return sent;
}

test(
  'all reads of one tick are one statement, which sends no value that nobody wants',
  { skip },
  async (t) => {
    const parts = open(t, await newPlace(t));
    await write(parts, [
      ['a', { x: 1 }],
      ['b', 'value'],
    ]);
    await write(parts, [['c', 3]], { expires: 99_999_999_999_999 });
    const sent = listen(parts);
    const { reads } = parts;
    const read = [
      reads.has('b'),
      ...['a', 'a', 'none'].map((key) => reads.value(key)),
      reads.expiry('a'),
      reads.expiry('c'),
      reads.item('c', 0),
      reads.has('none'),
      reads.expiry('none'),
    ];
    const [has, one, other, ...rest] = await Promise.all(read);
    assert.deepEqual([has, one, other], [true, { x: 1 }, { x: 1 }]);
    assert.notEqual(one, other);
    const item = { json: '3', expires: 99_999_999_999_999 };
    assert.deepEqual(rest, [undefined, null, 99_999_999_999_999, item, false, undefined]);
    assert.equal(sent.length, 1);
    const rows = await sql(parts.options, sent[0].text, sent[0].values);
    const sentValues = rows.map((row) => Object.values(row)[1]);
    assert.deepEqual(new Set(sentValues), new Set([{ x: 1 }, 3, null]));
  },
);

test(
  'the clock of the server decides what has expired, for all but time 0',
  { skip },
  async (t) => {
    const parts = open(t, await newPlace(t));
    const [{ now }] = await sql(
      parts.options,
      'SELECT floor(extract(epoch FROM now()) * 1000) AS now',
    );
    await write(parts, [['past', 1]], { expires: Number(now) });
    await write(parts, [['future', 1]], { expires: Number(now) + 1e6 });
    const { reads } = parts;
    t.mock.method(Date, 'now', () => 0);
    for (const [key, isThere] of [
      ['past', false],
      ['future', true],
    ]) {
      assert.equal((await reads.value(key)) === 1, isThere);
      assert.equal(await reads.has(key), isThere);
      assert.equal((await reads.expiry(key)) !== undefined, isThere);
      assert.equal((await reads.item(key, 1)) !== undefined, isThere);
      assert.equal((await reads.item(key, 0)).json, '1');
    }
  },
);

test(
  'a read sees what was committed before it, while other reads are under way',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    for (let at = 0; at < 50; at++) {
      const before = parts.reads.value('a');
      await write(other, [['a', at]]);
      assert.equal(await parts.reads.value('a'), at);
      await before;
    }
  },
);

test('a read is tried again when its connection is lost', { skip }, async (t) => {
  const place = await newPlace(t);
  const { proxied, sockets } = await proxy(t, place);
  const parts = open(t, proxied);
  await write(parts, [['a', 1]]);
  for (let at = 0; at < 3; at++) {
    for (const socket of sockets) socket.destroy();
    assert.equal(await parts.reads.value('a'), 1);
  }
});

/** Puts a proxy before the server of a place, whose connections the test can cut. */
async function proxy(t, place) {
  const url = new URL(place.connectionString);
  const { port, hostname } = url;
  const sockets = new Set();
  const server = net.createServer((socket) => {
    const upstream = net.connect(Number(port), hostname);
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  url.port = String(server.address().port);
  return { proxied: { ...place, connectionString: url.href }, sockets };
}
