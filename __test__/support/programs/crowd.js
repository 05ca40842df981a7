'use strict';

// Makes many calls at once, round after round, of keys that other processes want as well: edits, views and sets, whose callbacks
// take a moment. Prints how often each key was edited here.

const { setTimeout: delay } = require('node:timers/promises');
const { open } = require('../engine');
const { random } = require('../random');

const [place, seed, keys, rounds, atOnce] = process.argv.slice(2);
const { below } = random(Number(seed));
// The test looks for calls that wait for ever, so none may end by its time limit.
const options = { durability: 'os', lockTimeout: Infinity };
const stores = Array.from({ length: 3 }, () => open(place, options));
const counts = {};

async function increment(value = 0) {
  await delay(below(3));
  return value + 1;
}

function call() {
  const key = `k${below(Number(keys))}`;
  const store = stores[below(stores.length)];
  switch (below(4)) {
    case 0:
      return store.viewItem(key, () => delay(below(3)));
    case 1:
      return store.setItem(`set ${key}`, 1);
    default:
      counts[key] = (counts[key] ?? 0) + 1;
      return store.editItem(key, increment);
  }
}

async function main() {
  for (let round = 0; round < Number(rounds); round++) {
    await Promise.all(Array.from({ length: Number(atOnce) }, call));
  }
  for (const store of stores) await store.close();
  console.log(JSON.stringify(counts));
}

main();
