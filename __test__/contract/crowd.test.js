'use strict';

// Many calls at once, by several instances of several processes, which wait for each other: all
// end, and no edit is lost.

const assert = require('node:assert/strict');
const test = require('node:test');
const { leaveNothing, newPlace, open } = require('../support/engine');
const { runScript } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');

const PROCESSES = 3;
const KEYS = 120;
const ROUNDS = 10 * TIMES;
const AT_ONCE = 100;

test(
  'many calls at once for many keys, by several instances of several processes, all end',
  { timeout: TIMES * 300_000 },
  async (t) => {
    const random = seeded(t);
    const place = newPlace(t);
    const program = require.resolve('../support/programs/crowd.js');
    const runs = Array.from({ length: PROCESSES }, () => {
      const seed = random.below(2 ** 31);
      return runScript([program, place, seed, KEYS, ROUNDS, AT_ONCE].map(String));
    });
    const expected = {};
    for (const { stdout, stderr, code } of await Promise.all(runs)) {
      assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
      for (const [key, count] of Object.entries(JSON.parse(stdout))) {
        expected[key] = (expected[key] ?? 0) + count;
      }
    }
    const store = open(place);
    const edited = (await store.entries()).filter(([key]) => key.startsWith('k'));
    assert.deepEqual(new Map(edited), new Map(Object.entries(expected)));
    await leaveNothing(place, store);
  },
);
