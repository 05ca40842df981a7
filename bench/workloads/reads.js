'use strict';

// One read after another, of random keys. `firstPass` is the time of a newly opened store when
// every item is read for the first time, in random order, by warm code; `time` is the time from
// then on.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { each, isPending, repeated, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

/** Reads all these items, and adds up their numbers, so that no read can be optimised away. */
async function readAll(store, names) {
  let sum = 0;
  for (const name of names) {
    const result = store.get(name);
    sum += (isPending(result) ? await result : result).id;
  }
  return sum;
}

function draw(count, keys, { below }) {
  const numbers = Array.from({ length: count }, () => below(keys));
  return { names: numbers.map(keyOf), sum: numbers.reduce((one, other) => one + other, 0) };
}

/** Gives every item once, in random order. */
function shuffled(count, { below }) {
  const names = Array.from({ length: count }, (_, number) => keyOf(number));
  for (let at = count - 1; at > 0; at--) {
    const other = below(at + 1);
    [names[at], names[other]] = [names[other], names[at]];
  }
  return names;
}

async function reads({ trial, store: { isVolatile }, count, keys, repeats, open, close }) {
  const randomly = random(1);
  const measureReads = async (store) => {
    const { names, sum } = draw(count, keys, randomly);
    let read;
    const time = await timed(async () => (read = await readAll(store, names)));
    assert.equal(read, sum);
    return { time: each(time, count) };
  };

  // The first instance only warms up the code, so that the first pass of the second shows the
  // store.
  let store = await open();
  await measureReads(store);
  let firstPass;
  if (!isVolatile && keys > 1) {
    await close();
    store = await open();
    const names = shuffled(trial.items, randomly).slice(0, count);
    firstPass = each(await timed(() => readAll(store, names)), names.length);
  }
  const measured = await repeated(repeats, () => measureReads(store));
  return firstPass === undefined ? measured : { ...measured, firstPass };
}

module.exports = reads;
module.exports.draw = draw;
module.exports.readAll = readAll;
