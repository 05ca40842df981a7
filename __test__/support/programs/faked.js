'use strict';

// Uses a store under replaced timers, and prints the results: `faked.js FOLDER KIND`.

const { mock } = require('node:test');
const fakeTimers = require('@sinonjs/fake-timers');

const NUMBERED = ['setTimeout', 'setInterval', 'setImmediate'];

/** The ways of replacing timers: before or after the store is loaded. */
const KINDS = {
  sinon: { after: () => fakeTimers.install() },
  'a global like Jest’s': { after: () => fakeTimers.withGlobal(globalThis).install({ now: 0 }) },
  'node:test': { after: () => mock.timers.enable() },
  'timers that are numbers': {
    before() {
      for (const name of NUMBERED) {
        const original = globalThis[name];
        globalThis[name] = (...args) => Number(original(...args));
      }
    },
  },
  'no timers': {
    before() {
      for (const name of NUMBERED) globalThis[name] = undefined;
    },
  },
};

async function main(folder, kind) {
  const { before, after } = KINDS[kind];
  before?.();
  const PersistLock = require('../../..');
  const storage = require('../../../node-persist').create({ dir: `${folder}/drop-in`, ttl: 1000 });
  after?.();
  const results = {};
  for (const durability of ['disk', 'os']) {
    // Many calls wait for one key, each for the syncs of those before it.
    const options = { durability, lockTimeout: 60_000 };
    const store = new PersistLock(`${folder}/${durability}`, options);
    const add = (current = 0) => current + 1;
    const slowly = async (current) => add(await current);
    // More than a turn may run, or settle, before the event loop gets its turn.
    const calls = Array.from({ length: 3000 }, (_, i) =>
      i % 3 === 0 ? store.setItem(`key ${i}`, i) : store.editItem(`counter ${i % 7}`, add),
    );
    for (let i = 0; i < 200; i++) calls.push(store.editItem(`counter ${i % 7}`, slowly));
    await Promise.all(calls);
    let finish;
    const holding = store.editItem('held', () => new Promise((resolve) => (finish = resolve)));
    const late = store.editItem('held', add, { timeout: 20 });
    const code = await late.catch((error) => error.code);
    finish('held');
    await holding;
    for await (const entry of store) await store.updateItem(entry[0], entry[1]);
    const keys = await store.keys();
    const counters = (await store.entries({ prefix: 'counter' })).map(([, value]) => value);
    const counted = counters.reduce((one, other) => one + other);
    await store.compact();
    await store.close();
    results[durability] = { code, counted, keys: keys.length };
  }
  await storage.init();
  await Promise.all(Array.from({ length: 100 }, (_, i) => storage.setItem(`${i}`, i)));
  results.dropIn = await storage.length();
  console.log(JSON.stringify(results));
}

main(...process.argv.slice(2));
