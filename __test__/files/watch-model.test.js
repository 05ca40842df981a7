'use strict';

// Watchers against the history of their store, with commits and rewrites by two instances. Some
// consumers are quick, some slow, and some so slow that rewrites leave them behind.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { TIMES, seeded } = require('../support/random');
const { History, Judge } = require('../support/watching');

const STEPS = 600 * TIMES;
const KEYS = Array.from({ length: 12 }, (_, at) => `${at % 3 === 0 ? 'a' : 'b'}:${at}`);

/** A watcher, and what it should be told. */
class Watched {
  #watcher;
  #judge;
  #pending;

  constructor(watcher, judge) {
    this.#watcher = watcher;
    this.#judge = judge;
  }

  get count() {
    return this.#judge.count;
  }

  /** Takes some changes, as far as there are any now. */
  async take(count) {
    for (let at = 0; at < count; at++) {
      this.#pending ??= this.#watcher.next();
      const step = await Promise.race([this.#pending, pause()]);
      if (step === undefined) return;
      this.#pending = undefined;
      this.#check(step);
    }
  }

  #check({ done, value }) {
    assert.equal(done, false);
    this.#judge.take(value);
  }

  /** Takes everything up to the last commit, and ends the watcher. */
  async end() {
    while (!this.#judge.isUpToDate) {
      this.#pending ??= this.#watcher.next();
      this.#check(await this.#pending);
      this.#pending = undefined;
    }
    this.#judge.end();
    await this.#watcher.return();
  }
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 2));
}

test('watchers are told what was committed, in order, whatever is rewritten', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  const stores = [0, 1].map(() => new PersistLock(folder, { durability: 'os' }));
  for (const store of stores) await store.init();
  const history = new History();
  const present = new Map();
  let value = 0;
  const watchers = [];

  /** Makes a commit, and adds it to the history. */
  const commit = async (changes, write) => {
    await write();
    history.add(changes);
    for (const [key, to] of changes) {
      if (to === undefined) present.delete(key);
      else present.set(key, to);
    }
  };
  const begin = () => {
    const store = random.pick(stores);
    const filter = random.pick([{}, {}, { prefix: 'a:' }, { prefix: 'b:1' }, { key: 'b:7' }]);
    const { prefix = '', key } = filter;
    const picks = (name) => (key === undefined ? name.startsWith(prefix) : name === key);
    const kind = random.pick([{}, { initial: true }, { since: history.newest }]);
    const watcher = store.watch({ ...filter, ...kind });
    watchers.push(new Watched(watcher, new Judge(history, picks, history.newest)));
  };
  const steps = [
    () => {
      const key = random.pick(KEYS);
      value++;
      return commit([[key, value]], () => random.pick(stores).setItem(key, value));
    },
    () => {
      const key = random.pick(KEYS);
      if (!present.has(key)) return undefined;
      return commit([[key, undefined]], () => random.pick(stores).removeItem(key));
    },
    () => {
      const changes = KEYS.filter(() => random.below(4) === 0).map((key) => [key, ++value]);
      if (changes.length === 0) return undefined;
      const edit = () => new Map(changes);
      const keys = changes.map(([key]) => key);
      return commit(changes, () => random.pick(stores).editItems(keys, edit));
    },
    () => {
      if (present.size === 0 || random.below(6) > 0) return undefined;
      const changes = [...present.keys()].map((key) => [key, undefined]);
      return commit(changes, () => random.pick(stores).clear());
    },
    () => (random.below(6) === 0 ? random.pick(stores).compact() : undefined),
    () => (watchers.length < 10 ? begin() : undefined),
    () => random.pick(watchers)?.take(random.below(60)),
    () => watchers[0]?.take(1000),
  ];
  for (let step = 0; step < STEPS; step++) await random.pick(steps)();
  // Every watcher is told of the last commit.
  const last = KEYS.map((key) => [key, ++value]);
  await commit(last, () => stores[0].editItems(KEYS, () => new Map(last)));
  for (const watched of watchers) await watched.end();
  const merged = watchers.filter((watched) => watched.count.merged > 0).length;
  t.diagnostic(`${watchers.length} watchers, ${merged} of them left behind`);
  for (const store of stores) await store.close();
});
