'use strict';

// Random operations on stores of one place, compared with a plain Map.

const assert = require('node:assert/strict');
const { REMOVE, newPlace, slowness, stopClock } = require('../support/engine');
const { open, test } = require('../support/kinds');
const { TIMES, seeded } = require('../support/random');

const ROUNDS = Math.ceil((20 * TIMES) / slowness);
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

  /** Removes those of some keys that have an item; returns their number. An expired item stays. */
  remove(keys) {
    const there = keys.filter((key) => this.get(key));
    for (const key of there) this.items.delete(key);
    return there.length;
  }

  keysWith(prefix) {
    return [...this.items.keys()].filter((key) => key.startsWith(prefix));
  }

  /** Gives an item as callbacks get it. */
  before(key) {
    const item = this.get(key);
    return item && { value: item.value, expires: dateOf(item.expires) };
  }

  entries() {
    const live = [...this.items].filter(([, { expires }]) => expires > this.now);
    return live.map(([key, { value }]) => [key, value]);
  }
}

const dateOf = (expires) => (expires === Infinity ? null : new Date(expires));

/** Picks some of the keys, each once. */
function someKeys(random) {
  const numbers = Array.from({ length: random.below(5) }, () => random.below(10));
  return [...new Set(numbers)].map((number) => `key ${number}`);
}

/** Picks a prefix, mostly that of one key. */
function somePrefix(random) {
  const number = random.below(13);
  return number < 10 ? `key ${number}` : ['key', '', 'none'][number - 10];
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
  async clearPrefix({ store, model, random }) {
    // Without a prefix expired items go too.
    const prefix = somePrefix(random) || 'key';
    await store.clear({ prefix });
    model.remove(model.keysWith(prefix));
  },
  async setSeveral({ store, model, random }) {
    const entries = someKeys(random).map((key) => [key, random.pick([1, { a: 2 }, [null]])]);
    const ttl = random.pick([undefined, null, 50, 1000]);
    await store.setItems(random.pick([entries, new Map(entries)]), { ttl });
    for (const [key, value] of entries) model.put(key, value, ttl ? model.now + ttl : undefined);
  },
  async removeSeveral({ store, model, random }) {
    const keys = someKeys(random);
    assert.equal(await store.removeItems(keys), model.remove(keys));
  },
  async removePrefix({ store, model, random }) {
    const prefix = somePrefix(random);
    assert.equal(await store.removeItems({ prefix }), model.remove(model.keysWith(prefix)));
  },
  async touch({ store, model, random, key }) {
    const item = model.get(key);
    const [ttl, expires] = random.pick([
      [null, Infinity],
      [50, model.now + 50],
      [() => 1000, model.now + 1000],
      [() => undefined, item?.expires],
    ]);
    assert.equal(await store.touch(key, ttl), item !== undefined);
    if (item) item.expires = expires;
  },
  async getOrSet({ store, model, random, key }) {
    const item = model.get(key);
    const ttl = random.pick([undefined, 50]);
    const make = random.pick([() => ['made'], async () => ['made']]);
    assert.deepEqual(await store.getOrSet(key, make, { ttl }), item ? item.value : ['made']);
    if (!item) model.put(key, ['made'], ttl && model.now + ttl);
  },
  async editByRule({ store, model, random, key }) {
    const before = model.before(key);
    const value = random.pick([before?.value ?? 'new', 'edited']);
    const isBefore = (given) => assert.deepEqual(given, before);
    const ttl = (result, given) => {
      assert.deepEqual(result, value);
      isBefore(given);
      return before ? undefined : 70;
    };
    const edit = (current, given) => {
      isBefore(given);
      return value;
    };
    const isAsync = random.below(2) === 0;
    const callback = isAsync ? async (current, given) => edit(current, given) : edit;
    assert.deepEqual(await store.editItem(key, callback, { ttl }), value);
    model.put(key, value, before ? model.get(key).expires : model.now + 70);
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
      const kind = random.below(7);
      const item = model.get(key);
      if (kind === 0) {
        writes.push(store.removeItem(key));
        if (item) model.items.delete(key);
      } else if (kind === 1) {
        writes.push(store.editItem(key, (current) => (Number(current) || 0) + 1));
        model.put(key, (Number(item?.value) || 0) + 1, item?.expires);
      } else if (kind === 2) {
        const touch = store.touch(key, 500);
        writes.push(touch.then((isThere) => assert.equal(isThere, item !== undefined)));
        if (item) item.expires = model.now + 500;
      } else if (kind === 3) {
        const prefix = somePrefix(random);
        const expected = model.remove(model.keysWith(prefix));
        const removal = store.removeItems({ prefix });
        writes.push(removal.then((removed) => assert.equal(removed, expected)));
      } else if (kind === 4) {
        const keys = someKeys(random);
        writes.push(store.setItems(keys.map((name) => [name, count])));
        for (const name of keys) model.put(name, count);
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
  assert.deepEqual(await store.getExpiry(key), model.before(key)?.expires);
  const expected = model.entries().sort(byKey);
  assert.deepEqual(await store.getItems(expected.map(([name]) => name)), new Map(expected));
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
