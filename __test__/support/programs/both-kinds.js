'use strict';

// Makes awaited and blocking calls by chance, from a seed, as a process or as a worker. Sends how often
// it has increased each counter.

const { isMainThread, parentPort, workerData } = require('node:worker_threads');
const { open } = require('../engine');
const { random } = require('../random');

const [place, seed, count] = isMainThread ? process.argv.slice(2) : workerData;
const KEYS = ['a', 'b', 'c'];
const { below, pick } = random(Number(seed));

const increase = (current = 0) => current + 1;

async function increaseLater(current) {
  for (let turns = below(3); turns > 0; turns--) await new Promise(setImmediate);
  return increase(current);
}

const increaseAll = (items) => Array.from(items, ([key, value]) => [key, increase(value)]);

async function main() {
  const store = open(place, { lockTimeout: Infinity, durability: pick(['disk', 'os']) });
  const counts = Object.fromEntries(KEYS.map((key) => [key, 0]));
  const add = (...keys) => {
    for (const key of keys) counts[key]++;
  };
  const pending = [];
  const calls = [
    (key) => store.editItem(key, increase).then(() => add(key)),
    // Only this key is leased. With two of them, two processes that block could wait for each other,
    // which none can detect.
    () => store.editItem('c', increaseLater).then(() => add('c')),
    () => store.editItems(KEYS, increaseAll).then(() => add(...KEYS)),
    (key) => {
      store.editItemSync(key, increase);
      add(key);
    },
    () => {
      store.editItemsSync(KEYS, increaseAll);
      add(...KEYS);
    },
    (key) => store.setItemSync(`of ${seed}`, key),
    (key) => store.setItem(`of ${seed}`, key),
  ];
  for (let call = 0; call < Number(count); call++) {
    try {
      pending.push(pick(calls)(pick(KEYS)));
    } catch (error) {
      if (error.code !== 'ERR_PERSIST_LOCK_DEADLOCK') throw error;
    }
    if (below(3) === 0) await new Promise(pick([setImmediate, queueMicrotask, process.nextTick]));
    if (below(8) === 0) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  await store.close();
  if (isMainThread) process.send(counts, () => process.disconnect());
  else parentPort.postMessage(counts);
}

main();
