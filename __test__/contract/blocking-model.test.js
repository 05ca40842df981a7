'use strict';

// Awaited and blocking calls by chance, against a model: every call takes effect in the order in which
// it was made, and what waits for a callback of this thread is a deadlock for blocking calls alone.
//
// PERSIST_LOCK_SEED repeats the choices.

const assert = require('node:assert/strict');
const { leaveNothing, newPlace, open } = require('../support/engine');
const {
  test: { blocking: test },
} = require('../support/kinds');
const { TIMES, seeded } = require('../support/random');
const { held } = require('../support/waiting');

const KEYS = ['a', 'b', 'c'];
const STEPS = 300 * TIMES;
const deadlock = { code: 'ERR_PERSIST_LOCK_DEADLOCK' };

/** The items as they should be. The changes of an item wait while a callback that has it is pending. */
class Model {
  #items = new Map();
  #waiting = new Map();

  get anyHeld() {
    return this.#waiting.size > 0;
  }

  isHeld(key) {
    return this.#waiting.has(key);
  }

  item(key) {
    return this.#items.get(key);
  }

  hold(key) {
    this.#waiting.set(key, []);
  }

  /** Changes an item in its order; returns the box that gets what it was before. */
  change(key, change) {
    const box = {};
    const apply = () => {
      box.before = this.#items.get(key);
      const after = change(box.before);
      if (after === undefined) this.#items.delete(key);
      else this.#items.set(key, after);
    };
    if (this.isHeld(key)) this.#waiting.get(key).push(apply);
    else apply();
    return box;
  }

  finish(key, value) {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#items.set(key, value);
    for (const apply of waiting) apply();
  }

  clear() {
    this.#items.clear();
  }
}

test('awaited and blocking calls take effect in the order in which they were made', async (t) => {
  const { below, pick } = seeded(t);
  const place = newPlace(t);
  const store = open(place, { lockTimeout: Infinity, durability: pick(['disk', 'os']) });
  const model = new Model();
  /** The callbacks that are pending, by their items. */
  const holds = new Map();
  const promises = [];
  let marks = 0;

  const add = (mark) => (current) => (current ?? '') + mark;
  const check = (promise, expected) => {
    promises.push(promise.then((result) => assert.deepEqual(result, expected())));
  };
  /** Makes a blocking call of some items, which must be a deadlock if one of them is held. */
  const block = (keys, call) => {
    if (keys.some((key) => model.isHeld(key))) return assert.throws(call, deadlock);
    call();
    for (const key of keys) assert.equal(store.getItemSync(key), model.item(key));
  };

  const steps = {
    set(key, mark) {
      model.change(key, () => mark);
      check(store.setItem(key, mark), () => undefined);
    },
    setSync(key, mark) {
      block([key], () => {
        store.setItemSync(key, mark);
        model.change(key, () => mark);
      });
    },
    edit(key, mark) {
      const box = model.change(key, add(mark));
      check(store.editItem(key, add(mark)), () => add(mark)(box.before));
    },
    editSync(key, mark) {
      block([key], () => {
        const result = store.editItemSync(key, add(mark));
        const { before } = model.change(key, add(mark));
        assert.equal(result, add(mark)(before));
      });
    },
    remove(key) {
      const box = model.change(key, () => undefined);
      check(store.removeItem(key), () => box.before !== undefined);
    },
    removeSync(key) {
      block([key], () => {
        const result = store.removeItemSync(key);
        const { before } = model.change(key, () => undefined);
        assert.equal(result, before !== undefined);
      });
    },
    editAllSync(key, mark) {
      block(KEYS, () => {
        const edit = (items) => Array.from(items, ([name, value]) => [name, add(mark)(value)]);
        store.editItemsSync(KEYS, edit);
        for (const name of KEYS) model.change(name, add(mark));
      });
    },
    throwSync(key, mark) {
      const thrown = new Error(mark);
      const edit = () => {
        throw thrown;
      };
      const call = () => store.editItemSync(key, edit);
      assert.throws(call, model.isHeld(key) ? deadlock : thrown);
    },
    clearSync() {
      block(KEYS, () => {
        store.clearSync();
        model.clear();
      });
    },
    hold(key) {
      if (model.isHeld(key)) return;
      const edit = held();
      const editing = store.editItem(key, edit);
      holds.set(key, { edit, editing });
      model.hold(key);
    },
    async finish(key, mark) {
      if (!holds.has(key)) return;
      const { edit, editing } = holds.get(key);
      holds.delete(key);
      await edit.begun();
      edit.finish(mark);
      model.finish(key, mark);
      check(editing, () => mark);
      if (below(2) === 0) await editing;
      // Its result is in the queue by then, and no turn has come.
      else for (let microtask = 0; microtask < 20; microtask++) await null;
    },
    async wait() {
      await pick([
        () => null,
        () => new Promise(setImmediate),
        () => new Promise(process.nextTick),
      ])();
    },
    async settle() {
      if (!model.anyHeld) await Promise.all(promises.splice(0));
    },
  };

  const names = Object.keys(steps);
  for (let step = 0; step < STEPS; step++) {
    await steps[pick(names)](pick(KEYS), ` ${++marks}`);
  }
  for (const key of holds.keys()) await steps.finish(key, ' last');
  await Promise.all(promises);
  for (const key of KEYS) assert.equal(store.getItemSync(key), model.item(key));
  await leaveNothing(place, store);
});
