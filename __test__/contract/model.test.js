'use strict';

// Random operations on stores of one place, compared with a plain Map.

const assert = require('node:assert/strict');
const { REMOVE, newPlace, stopClock } = require('../support/engine');
const { open, test } = require('../support/kinds');
const { TIMES, seeded } = require('../support/random');

const ROUNDS = 20 * TIMES;
const OPERATIONS = 200;

/** The expected values and expiries by key, at a time that the test moves. */
class Model {
  items = new Map();

  constructor(now) {
    this.now = now;
  }

  get(key) {
    const item = this.items.get(key);
    return item && item.expires > this.now ? item : undefined;
  }

  put(key, value, expires = Infinity) {
    this.items.set(key, { value: structuredClone(value), expires });
  }

  entries() {
    const live = [...this.items].filter(([, { expires }]) => expires > this.now);
    return live.map(([key, { value }]) => [key, value]);
  }
}

const byKey = ([one], [other]) => (one < other ? -1 : 1);

const OPERATIONS_BY_NAME = {
  async set({ store, model, random, key }) {
    const value = random.pick([1, 'text', null, [1, { a: 2 }], { deep: { er: [] } }]);
    const ttl = random.pick([undefined, undefined, 50, 1000]);
    const set = store.setItem(key, value, { ttl });
    model.put(key, value, ttl && model.now + ttl);
    await set;
  },
  async update({ store, model, key }) {
    const expires = model.get(key)?.expires;
    model.put(key, 'updated', expires);
    await store.updateItem(key, 'updated');
  },
  async edit({ store, model, random, key }) {
    const item = model.get(key);
    const isAsync = random.below(2) === 0;
    const edited = [item?.value ?? 'new'].flat().slice(0, 3);
    const callback = (current) => {
      assert.deepEqual(current, item?.value);
      return edited;
    };
    const result = await store.editItem(
      key,
      isAsync ? async (current) => callback(current) : callback,
    );
    assert.deepEqual(result, edited);
    model.put(key, edited, item?.expires);
  },
  async failingEdit({ store, random, key }) {
    const error = new Error('fails');
    const isAsync = random.below(2) === 0;
    const fail = () => {
      throw error;
    };
    const edit = store.editItem(key, isAsync ? async () => fail() : fail);
    await assert.rejects(edit, (thrown) => thrown === error);
  },
  async editAway({ store, model, key }) {
    await store.editItem(key, () => REMOVE);
    if (model.get(key)) model.items.delete(key);
  },
  async remove({ store, model, key }) {
    assert.equal(await store.removeItem(key), model.get(key) !== undefined);
    if (model.get(key)) model.items.delete(key);
  },
  async clear({ store, model, random }) {
    if (random.below(10) > 0) return;
    await store.clear();
    model.items.clear();
  },
  async letTimePass({ model, random, moveTo }) {
    model.now += random.below(200);
    moveTo(model.now);
  },
  async removeExpired({ store, model }) {
    const expired = [...model.items.keys()].filter((key) => !model.get(key));
    assert.equal(await store.removeExpiredItems(), expired.length);
    for (const key of expired) model.items.delete(key);
  },
  async several({ store, model, random, key }) {
    // Many calls, without waiting in between.
    const writes = [];
    for (let count = random.below(20); count > 0; count--) {
      const kind = random.below(4);
      const item = model.get(key);
      if (kind === 0) {
        writes.push(store.removeItem(key));
        if (item) model.items.delete(key);
      } else if (kind === 1) {
        writes.push(store.editItem(key, (current) => (Number(current) || 0) + 1));
        model.put(key, (Number(item?.value) || 0) + 1, item?.expires);
      } else {
        writes.push(store.setItem(key, count));
        model.put(key, count);
      }
      key = `key ${random.below(10)}`;
    }
    await Promise.all(writes);
  },
  async reopen({ stores, place, random }) {
    const at = random.below(stores.length);
    if (random.below(2) === 0) await stores[at].close();
    stores[at] = open(place);
  },
};

async function check(store, model, key) {
  assert.deepEqual(await store.getItem(key), model.get(key)?.value);
  assert.equal(await store.hasItem(key), model.get(key) !== undefined);
  const expected = model.entries().sort(byKey);
  const entries = await store.entries();
  assert.deepEqual(entries.sort(byKey), expected);
  assert.equal(await store.length(), expected.length);
}

test('random operations change a store as they change a Map', async (t) => {
  const random = seeded(t);
  const clock = stopClock(t);
  const model = new Model(clock.now);
  for (let round = 0; round < ROUNDS; round++) {
    const place = newPlace(t);
    const stores = [open(place), open(place)];
    model.items.clear();
    for (let at = 0; at < OPERATIONS; at++) {
      const store = random.pick(stores);
      const key = `key ${random.below(10)}`;
      const name = random.pick(Object.keys(OPERATIONS_BY_NAME));
      const { moveTo } = clock;
      await OPERATIONS_BY_NAME[name]({ store, stores, place, model, random, key, moveTo });
      await check(random.pick(stores), model, key);
    }
    for (const store of stores) await store.close();
  }
});
