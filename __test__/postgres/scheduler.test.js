'use strict';

// Random calls of several instances with few connections, beside a model of locks: callbacks of one
// key run one at a time, or together if all are views; each is given what the last one has stored;
// every call settles; and in the end nobody has a lock.

const assert = require('node:assert/strict');
const test = require('node:test');
const { REMOVE } = require('../support/engine');
const { newPlace, open, query, urlOf } = require('../support/postgres/places');
const { TIMES, seeded } = require('../support/random');

const ROUNDS = 6 * TIMES;
const CALLS = 80;
const KEYS = ['a', 'b', 'c', 'd'];

/** The codes with which a call of this test may reject. */
const EXPECTED = ['ERR_PERSIST_LOCK_TIMEOUT', 'ERR_PERSIST_LOCK_DEADLOCK', 'ABORT_ERR'];

class Refused extends Error {}

/** The callbacks that run, and the number of commits of each key that have been made by callbacks. */
class Model {
  #views = new Map();
  #edits = new Map();
  /** The calls that a callback has run for, and how often. */
  runs = new Map();

  constructor() {
    for (const key of KEYS) this.#views.set(key, 0);
  }

  /** Notes that a callback begins; returns a function that notes its end. */
  enter(call, keys, isView) {
    this.runs.set(call, (this.runs.get(call) ?? 0) + 1);
    assert.equal(this.runs.get(call), 1, 'a callback has run twice');
    for (const key of keys) {
      assert.equal(this.#edits.get(key), undefined, `an edit of ${key} runs beside another call`);
      if (isView) this.#views.set(key, this.#views.get(key) + 1);
      else {
        assert.equal(this.#views.get(key), 0, `an edit of ${key} runs beside a view`);
        this.#edits.set(key, call);
      }
    }
    return () => {
      for (const key of keys) {
        if (isView) this.#views.set(key, this.#views.get(key) - 1);
        else this.#edits.delete(key);
      }
    };
  }
}

/** Picks some of the keys, each once, at least one. */
function someKeys(random) {
  const keys = KEYS.filter(() => random.below(2) === 0);
  return keys.length > 0 ? keys : [random.pick(KEYS)];
}

/** Makes a callback that runs inside the model, at once or over several turns of the event loop. */
function callbackOf({ model, random, call, keys, isView }, run) {
  const turns = random.below(5);
  const isRefused = random.below(8) === 0;
  if (random.below(2) === 0) {
    return (...args) => {
      const leave = model.enter(call, keys, isView);
      try {
        if (isRefused) throw new Refused();
        return run(...args);
      } finally {
        leave();
      }
    };
  }
  return async (...args) => {
    const leave = model.enter(call, keys, isView);
    try {
      for (let at = 0; at < turns; at++) await new Promise(setImmediate);
      if (isRefused) throw new Refused();
      return run(...args);
    } finally {
      leave();
    }
  };
}

/** The calls by name. Each resolves with the number that it has added to each of some keys. */
const COUNTS = {
  async editItem({ store, random, options, ...context }) {
    const key = random.pick(KEYS);
    const edit = callbackOf({ random, ...context, keys: [key] }, (current = 0) => current + 1);
    await store.editItem(key, edit, options);
    return [key];
  },
  async editItems({ store, random, options, ...context }) {
    const keys = someKeys(random);
    const edit = callbackOf({ random, ...context, keys }, (items) =>
      keys.map((key) => [key, (items.get(key) ?? 0) + 1]),
    );
    await store.editItems(keys, edit, options);
    return keys;
  },
  async viewItem({ store, random, options, ...context }) {
    const key = random.pick(KEYS);
    const view = callbackOf(
      { random, ...context, keys: [key], isView: true },
      (current) => current,
    );
    await store.viewItem(key, view, options);
    return [];
  },
  async nested({ store, random, model, call, options }) {
    const [outer, inner] = random.pick([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ]);
    await store.editItem(
      outer,
      async (current = 0) => {
        const leave = model.enter(call, [outer], false);
        try {
          await store.editItem(inner, (value = 0) => {
            model.enter(`${call}, inside`, [inner], false)();
            return value + 1;
          });
          return current + 1;
        } finally {
          leave();
        }
      },
      options,
    );
    return [outer, inner];
  },
  async setItems({ store, random }) {
    await store.setItems(someKeys(random).map((key) => [`set ${key}`, random.below(9)]));
    return [];
  },
  async setItem({ store, random }) {
    await store.setItem(`set ${random.pick(KEYS)}`, random.below(9));
    return [];
  },
  async remove({ store, random }) {
    await store.editItem(`set ${random.pick(KEYS)}`, () => REMOVE);
    await store.removeItems({ prefix: 'set' });
    return [];
  },
  async many({ store, call }) {
    await store.setItems(Array.from({ length: 300 }, (_, at) => [`many ${at}`, call]));
    return [];
  },
  async read({ store, random }) {
    await store.getItem(random.pick(KEYS));
    await store.keys({ prefix: 'set' });
    return [];
  },
};

/** Makes a call; resolves with the keys that it has counted in, of which a rejected one has none. */
async function makeCall(context) {
  const { random } = context;
  const controller = new AbortController();
  const options = random.pick([
    {},
    {},
    { timeout: random.below(30) },
    { signal: controller.signal },
  ]);
  const name = random.pick(Object.keys(COUNTS));
  const calling = COUNTS[name]({ ...context, options });
  // It may reject before it is awaited.
  calling.catch(() => {});
  if (options.signal) {
    for (let turns = random.below(30); turns > 0; turns--) await new Promise(setImmediate);
    controller.abort();
  }
  try {
    return await calling;
  } catch (error) {
    if (error instanceof Refused) return [];
    const code = error.name === 'AbortError' ? 'ABORT_ERR' : error.code;
    if (!EXPECTED.includes(code)) throw error;
    // The inner edit of a nested one may have been stored.
    return name === 'nested' ? undefined : [];
  }
}

/** Finds the sessions of this process that hold or await a lock of a store. */
function locksOf(place) {
  const text = `SELECT state, query FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND application_name LIKE $1`;
  return query(urlOf(place), text, [`persist-lock %:${process.pid}`]);
}

test('random calls of several instances exclude each other and all settle', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < ROUNDS; round++) {
    const place = await newPlace(t);
    const options = () => ({ connections: 2 + random.below(3), lockTimeout: 60_000 });
    const stores = Array.from({ length: 3 }, () => open(place, options()));
    await stores[0].init();
    const model = new Model();
    const counts = new Map(KEYS.map((key) => [key, { least: 0, most: 0 }]));
    const calls = Array.from({ length: CALLS }, async (_, at) => {
      for (let turns = random.below(200); turns > 0; turns--) await new Promise(setImmediate);
      const call = `call ${at}`;
      const counted = await makeCall({ store: random.pick(stores), random, model, call });
      for (const key of counted ?? []) counts.get(key).least++;
      for (const key of counted ?? KEYS) counts.get(key).most++;
    });
    await Promise.all(calls);
    for (const key of KEYS) {
      const value = (await stores[0].getItem(key)) ?? 0;
      const { least, most } = counts.get(key);
      assert.ok(value >= least && value <= most, `${key} is ${value}, not ${least} to ${most}`);
    }
    // Those with no lock left may be cleared.
    await stores[1].clear();
    assert.equal(await stores[2].length(), 0);
    for (const store of stores) await store.close();
    assert.deepEqual(await locksOf(place), []);
  }
});
