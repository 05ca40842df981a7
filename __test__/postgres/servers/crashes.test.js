'use strict';

// Servers that crash while processes write: nothing that was acknowledged is lost, nothing is stored
// twice, and nothing that was rejected is stored.

const assert = require('node:assert/strict');
const test = require('node:test');
const { withoutServer } = require('../../support/postgres/binaries');
const { placeOn } = require('../../support/postgres/places');
const { ownServer } = require('../../support/postgres/servers');
const { checkCounts, startSurvivor, sum } = require('../../support/postgres/survivors');
const { TIMES, seeded } = require('../../support/random');

const PROCESSES = 4;
const CRASHES = 4 * TIMES;

/** Lets processes write while a server crashes several times; checks what they have left. */
async function writeThrough(t, server, crash) {
  const random = seeded(t);
  const place = placeOn(server);
  const survivors = Array.from({ length: PROCESSES }, (_, at) =>
    startSurvivor(t, place, `p${at}`, { seed: random.below(2 ** 31) }),
  );
  for (let at = 0; at < CRASHES; at++) {
    await random.pick(survivors).writes(5 + random.below(40));
    await crash(random);
  }
  await Promise.all(survivors.map((survivor) => survivor.writes(5)));
  for (const survivor of survivors) survivor.send('end');
  const outcomes = await Promise.all(survivors.map((survivor) => survivor.finished));
  await checkCounts(place, outcomes);
  const { acknowledged } = sum(t, outcomes);
  assert.ok(acknowledged > 0);
}

test(
  'kill -9 of one backend, after which the server recovers',
  { skip: withoutServer },
  async (t) => {
    const server = await ownServer(t);
    const text = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'persist-lock%'`;
    await writeThrough(t, server, async (random) => {
      const backends = await server.query(text);
      if (backends.length > 0) process.kill(random.pick(backends).pid, 'SIGKILL');
    });
  },
);

test('the administrator ends sessions', { skip: withoutServer }, async (t) => {
  const server = await ownServer(t);
  const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE 'persist-lock%' AND random() < 0.5`;
  await writeThrough(t, server, () => server.query(text));
});

test('kill -9 of the postmaster, and a new start', { skip: withoutServer }, async (t) => {
  const server = await ownServer(t);
  await writeThrough(t, server, async () => {
    await server.kill();
    await server.start();
  });
});

test('a stop and a new start', { skip: withoutServer }, async (t) => {
  const server = await ownServer(t);
  await writeThrough(t, server, async () => {
    await server.stop();
    await server.start();
  });
});
