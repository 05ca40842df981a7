'use strict';

// Works on many stores at random, several calls at a time, and checks its own items against a model. Prints each call before it is
// made (`> call`) and after it has succeeded (`< call`), so that what a killed process has done is known.
// Arguments: folder, number of stores, seed, name, number of rounds.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout } = require('node:timers/promises');
const PersistLock = require('../../..');
const { random } = require('../random');

const [folder, count, seed, name, rounds] = process.argv.slice(2);
const AT_ONCE = 40;
const { below, pick } = random(Number(seed));
const print = (line) => fs.writeSync(1, `${line}\n`);

const stores = Array.from({ length: Number(count) }, (_, at) => {
  // Each fiftieth waits for its syncs, which keeps it in use.
  const durability = at % 50 === 0 ? 'disk' : 'os';
  return new PersistLock(path.join(folder, String(at)), { durability, lockTimeout: 60_000 });
});
/** The items of this process alone, by store and key. */
const model = new Map();

const CALLS = {
  count: (store) => store.editItem('count', (value = 0) => value + 1),
  countLater: (store) => store.editItem('count', async (value = 0) => value + 1),
  set: (store, key, value) => store.setItem(key, value),
  setSync: async (store, key, value) => store.setItemSync(key, value),
  remove: (store, key) => store.removeItem(key),
};

async function fail() {
  await setTimeout(below(30));
  throw new Error('of the callback');
}

async function call() {
  // Some stores are used often: others rewrite them while they rest.
  const at = below(below(3) === 0 ? 4 : stores.length);
  const kind = pick([...Object.keys(CALLS), 'get', 'list', 'fail', 'compact']);
  const key = `${name} ${below(3)}`;
  const place = `${at}/${key}`;
  // A call of the same key is under way.
  if (busy.has(place)) return;
  busy.add(place);
  const store = stores[at];
  if (kind === 'get') {
    assert.equal(await store.getItem(key), model.get(place), place);
  } else if (kind === 'fail') {
    await assert.rejects(store.editItem('count', fail), /^Error: of the callback$/);
  } else if (kind === 'compact') {
    await store.compact();
  } else if (kind === 'list') {
    assert.equal((await store.keys({ prefix: key })).includes(key), model.has(place), place);
  } else {
    const value = below(1_000_000);
    const text = JSON.stringify({ at, kind, key, value });
    print(`> ${text}`);
    await CALLS[kind](store, key, value);
    print(`< ${text}`);
    if (kind === 'remove') model.delete(place);
    else if (kind.startsWith('set')) model.set(place, value);
  }
  busy.delete(place);
}

const busy = new Set();

(async () => {
  await Promise.all(stores.map((store) => store.init()));
  print('opened');
  for (let round = 0; round < Number(rounds); round++) {
    await Promise.all(Array.from({ length: AT_ONCE }, call));
  }
  const threads = fs.existsSync('/proc/self/task') ? fs.readdirSync('/proc/self/task').length : 0;
  assert.ok(threads < 100, `${threads} threads`);
  for (const store of stores) store.closeSync();
  print('closed');
})();
