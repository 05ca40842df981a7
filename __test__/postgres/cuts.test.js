'use strict';

// Connections that are cut after any number of bytes, in both directions, while processes write:
// nothing that was acknowledged is lost, nothing is stored twice, and nothing that was rejected is
// stored.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, through, urlOf } = require('../support/postgres/places');
const { DIRECTIONS, startProxy } = require('../support/postgres/proxy');
const { checkCounts, startSurvivor, sum } = require('../support/postgres/survivors');
const { TIMES, seeded } = require('../support/random');

const PROCESSES = 3;
const CUTS = 60 * TIMES;
/** The bytes after which most links have made some commits, in each direction. */
const LONGEST = 12_000;

test('connections are cut in the middle of requests and answers', async (t) => {
  const random = seeded(t);
  const place = await newPlace(t);
  const proxy = await startProxy(t, urlOf(place));
  let cuts = 0;
  proxy.on('link', (link) => {
    if (cuts >= CUTS) return;
    const stream = link[random.pick(DIRECTIONS)];
    stream.limit = 1 + random.below(LONGEST);
    stream.once('cut', () => {
      if (++cuts === CUTS) for (const survivor of survivors) survivor.send('end');
    });
  });
  const survivors = Array.from({ length: PROCESSES }, (_, at) =>
    startSurvivor(t, through(place, proxy), `p${at}`, { seed: random.below(2 ** 31) }),
  );
  const outcomes = await Promise.all(survivors.map((survivor) => survivor.finished));
  await checkCounts(place, outcomes);
  const { acknowledged, lost } = sum(t, outcomes);
  assert.ok(acknowledged > 0 && lost > 0);
});
