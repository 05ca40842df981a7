'use strict';

// A model of the scheduler: random calls of several instances, with few connections each, in several
// processes. All of them can be put in one order that the clock agrees with, no callback runs twice or
// beside one that it excludes, no row changes without its lock, and no lock is left.

const assert = require('node:assert/strict');
const test = require('node:test');
const { seeded } = require('../support/random');
const { runScript } = require('../support/processes');
const { circle } = require('../support/serializability');
const { withoutServer } = require('../support/postgres/binaries');
const { newPlace, open } = require('../support/postgres/places');
const { RandomCalls, SET_KEYS } = require('../support/postgres/random-calls');

const PROCESSES = 2;
const PROGRAM = require.resolve('../support/postgres/random-calls');

test(
  'random calls of instances in several processes have one order, and leave no lock',
  { skip: withoutServer },
  async (t) => {
    const numbers = seeded(t);
    const place = await newPlace(t);
    const seeds = Array.from({ length: PROCESSES + 1 }, () => numbers.below(2 ** 31));
    const others = seeds.slice(1).map((seed, at) => {
      return runScript([PROGRAM, place, `p${at}`, String(seed)]);
    });
    const here = await new RandomCalls(place, 'here', seeds[0]).run();
    const runs = [here];
    for (const { code, stdout, stderr } of await Promise.all(others)) {
      assert.equal(code, 0, stderr);
      runs.push(JSON.parse(stdout));
    }
    assert.deepEqual(
      runs.flatMap(({ faults }) => faults),
      [],
    );
    const operations = runs.flatMap((run) => run.operations);
    assert.ok(operations.length > 100);
    assert.equal(circle(operations), undefined);

    const store = open(place);
    const sets = runs.flatMap((run) => run.sets);
    for (const key of SET_KEYS) {
      const value = await store.getItem(key);
      if (value === undefined) continue;
      const last = sets.find((set) => set.key === key && set.value === value);
      const later = sets.filter((set) => set.key === key && set.started > last.ended);
      assert.deepEqual(
        later.filter(({ ended }) => ended !== null && ended !== Infinity),
        [],
        `a set of ${key} that came later is lost`,
      );
    }
    assert.deepEqual(await store.locks(), []);
    await store.close();
  },
);
