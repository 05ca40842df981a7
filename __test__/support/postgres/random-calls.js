'use strict';

// Random calls of several instances over one place, for the model test of the scheduler: in the test's
// own process, and as a program in others. Notes what each call has read and written.
//
// An item counts its versions. One that is made begins at a number of its own, so no version has two
// writers, also after a removal or a `clear`.

const { REMOVE } = require('../../..');
const { TIMES, random } = require('../random');
const { momentOfEnd, momentOfStart } = require('../shared-clock');
const { open } = require('./places');

/** The keys, which are few: so calls wait for each other. */
const KEYS = ['a', 'b', 'c', 'd', 'part:e', 'part:f'];
/** Plain sets have a key of their own, whose values are tokens. */
const SET_KEYS = ['s', 't'];

const CALLS = 25 * TIMES;
const AT_ONCE = 6;

/** The longest of the short time limits, in milliseconds. */
const SHORT = 20;

class RandomCalls {
  /** The operations that have succeeded. */
  operations = [];
  /** The sets that have succeeded, or may have been stored. */
  sets = [];
  /** What must not happen. @type {string[]} */
  faults = [];
  #random;
  #stores;
  #name;
  #count = 0;
  /** The callbacks of this process that have a key: their number, or -1 for one that excludes others. */
  #holders = new Map();

  constructor(place, name, seed) {
    this.#random = random(seed);
    this.#name = name;
    this.#stores = [2, 3, 4].map((connections) => {
      return open(place, { connections, lockTimeout: 20_000, expiredInterval: false });
    });
  }

  async run() {
    const lanes = Array.from({ length: AT_ONCE }, () => this.#lane());
    await Promise.all(lanes);
    await Promise.all(this.#stores.map((store) => store.close()));
    return this;
  }

  async #lane() {
    for (let at = 0; at < CALLS; at++) await this.#call(this.#random.below(100), 0);
  }

  async #call(kind, depth) {
    const store = this.#random.pick(this.#stores);
    const operation = { id: `${this.#name} ${this.#count++}`, reads: {}, writes: {} };
    operation.started = momentOfStart();
    let callbacks = 0;
    const once = (run) => (given) => {
      if (callbacks++ > 0) this.faults.push(`${operation.id}: its callback ran twice`);
      return run(given);
    };
    try {
      await this.#make(kind, store, operation, once, depth);
      operation.ended = momentOfEnd();
      this.operations.push(operation);
    } catch (error) {
      const isExpected = error.name === 'TimeoutError' || error.timeout < SHORT;
      if (!isExpected) {
        this.faults.push(`${operation.id}: ${error.code} ${error.stack}`);
      }
    }
  }

  async #make(kind, store, operation, once, depth) {
    const keys = this.#someKeys();
    const [key] = keys;
    const options = this.#options();
    if (kind < 25) return store.editItem(key, once(this.#edit([key], operation, depth)), options);
    if (kind < 40) {
      const edit = this.#edit(keys, operation, depth);
      const all = (items) => edit(items, true);
      return store.editItems(keys, once(all), options);
    }
    if (kind < 60) return store.viewItem(key, once(this.#view(key, operation, depth)), options);
    if (kind < 85) return this.#set(store);
    if (kind < 90) return store.removeItems([key, ...keys]);
    if (kind < 97) return store.removeItems({ prefix: 'part:' });
    if (kind < 99) return store.clear();
    const many = Array.from({ length: 300 }, (_, at) => [`many ${at}`, at]);
    return store.setItems(many);
  }

  #someKeys() {
    return [...new Set([this.#random.pick(KEYS), this.#random.pick(KEYS)])];
  }

  /** Sometimes gives a call a short time limit, or a signal that aborts it. */
  #options() {
    const kind = this.#random.below(12);
    if (kind === 0) return { timeout: this.#random.below(SHORT) };
    if (kind === 1) return { signal: AbortSignal.timeout(this.#random.below(SHORT)) };
    return undefined;
  }

  async #set(store) {
    const key = this.#random.pick(SET_KEYS);
    const value = `${this.#name} ${this.#count++}`;
    const set = { key, value, started: momentOfStart(), ended: Infinity };
    this.sets.push(set);
    await store.setItem(key, value);
    set.ended = momentOfEnd();
  }

  /** Makes a callback, asynchronous or not, that adds one to the versions of items. */
  #edit(keys, operation, depth) {
    const isAsynchronous = this.#random.below(2) === 0;
    const isRemoval = this.#random.below(10) === 0;
    const change = (items, isMap) => {
      const valueOf = (key) => (isMap ? items.get(key) : items);
      const pairs = keys.map((key) => [key, this.#next(key, valueOf(key), operation)]);
      if (isRemoval && !isMap && operation.reads[keys[0]] !== undefined) {
        operation.writes = {};
        return REMOVE;
      }
      return isMap ? pairs : pairs[0][1];
    };
    if (!isAsynchronous)
      return (items, isMap) => this.#during(keys, false, () => change(items, isMap));
    return async (items, isMap) => {
      return this.#duringAsync(keys, false, async () => {
        const result = change(items, isMap);
        await this.#pause(depth);
        return result;
      });
    };
  }

  #next(key, value, operation) {
    if (value !== undefined) operation.reads[key] = value.version;
    const version = value === undefined ? this.#random.below(2 ** 31) * 2 ** 20 : value.version + 1;
    operation.writes[key] = version;
    return { version };
  }

  #view(key, operation, depth) {
    const look = (value) => {
      if (value !== undefined) operation.reads[key] = value.version;
    };
    if (this.#random.below(2) === 0) return (value) => this.#during([key], true, () => look(value));
    return async (value) => {
      return this.#duringAsync([key], true, async () => {
        look(value);
        await this.#pause(depth);
      });
    };
  }

  /** Lets time pass in a callback: calls of other keys, or turns of the event loop. */
  async #pause(depth) {
    if (depth < 2 && this.#random.below(8) === 0) {
      // What waits for the callback around it ends by its own time limit.
      await this.#set(this.#random.pick(this.#stores));
      return;
    }
    for (let turns = this.#random.below(4); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #during(keys, isShared, run) {
    this.#enter(keys, isShared);
    try {
      return run();
    } finally {
      this.#leave(keys, isShared);
    }
  }

  async #duringAsync(keys, isShared, run) {
    this.#enter(keys, isShared);
    try {
      return await run();
    } finally {
      this.#leave(keys, isShared);
    }
  }

  #enter(keys, isShared) {
    for (const key of keys) {
      const holders = this.#holders.get(key) ?? 0;
      if (holders < 0 || (holders > 0 && !isShared)) this.faults.push(`two callbacks have ${key}`);
      this.#holders.set(key, isShared ? holders + 1 : -1);
    }
  }

  #leave(keys, isShared) {
    for (const key of keys) this.#holders.set(key, isShared ? this.#holders.get(key) - 1 : 0);
  }
}

if (require.main === module) {
  const [place, name, seed] = process.argv.slice(2);
  new RandomCalls(place, name, Number(seed)).run().then(({ operations, sets, faults }) => {
    process.stdout.write(JSON.stringify({ operations, sets, faults }));
  });
}

module.exports = { RandomCalls, SET_KEYS };
