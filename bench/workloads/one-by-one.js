'use strict';

// One write after another: an awaited one resolves before the next begins.
//
// A trial with `warmUp` measures the steady state: that many writes come first, uncounted. Without
// it the trial measures a short program: the first writes of a new process to a new store, in code
// that has not run yet. Opening the store, and making the keys and values, do not count.
//
// The clock runs from the first counted write to the end of the last one, with all that the store
// does in between: checkpoints, compactions, a sync that takes longer. After each BLOCK the event
// loop has a turn, as in a program that does other work too.

const assert = require('node:assert/strict');
const { keyOf, valueOf } = require('../lib/items');
const { flushesOf } = require('../lib/loop-device');
const { each, isPending, timed } = require('../lib/timing');
const { random } = require('../../__test__/support/random');

const BLOCK = 100;

/** The number of different values, which sets write in turn, at most. */
const VALUES = 1000;

/**
 * The time after which no further block begins, in milliseconds: a sync may be a hundred times
 * slower on one disk than on another.
 */
const LONG_ENOUGH = 3000;

/** Makes a function that does one write, of the given number, to one of the keys. */
function writesTo(store, { operation, valueBytes }, count) {
  if (operation.startsWith('edit')) {
    const first = valueOf(0, valueBytes);
    const edit = (current = first) => ({ ...current, count: current.count + 1 });
    const editLater = async (current) => edit(current);
    return (key) => store.edit(key, operation === 'edit' ? edit : editLater);
  }
  const length = Math.min(count, VALUES);
  const values = Array.from({ length }, (_, at) => valueOf(at, valueBytes));
  return (key, at) => store.set(key, values[at % length]);
}

/** Does the writes in blocks, each to the next key; resolves to their number. */
async function writeInBlocks(write, keys) {
  const end = performance.now() + LONG_ENOUGH;
  let done = 0;
  while (done < keys.length && performance.now() < end) {
    for (const last = Math.min(keys.length, done + BLOCK); done < last; done++) {
      const written = write(keys[done], done);
      if (isPending(written)) await written;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return done;
}

async function oneByOne({ trial, device, count, warmUp, keys, open }) {
  const store = await open();
  const { below } = random(1);
  const draw = (length) => Array.from({ length }, () => keyOf(below(keys)));
  const write = writesTo(store, trial, count);
  for (let at = 0; at < (trial.watchers ?? 0); at++) store.watch(`watched ${at}`);
  const [early, counted] = [draw(warmUp), draw(count)];
  const before = await writeInBlocks(write, early);

  const flushes = device && flushesOf(device);
  let done;
  const time = await timed(async () => (done = await writeInBlocks(write, counted)));
  const measured = { time: each(time, done) };
  if (device) measured.flushes = (flushesOf(device) - flushes) / done;

  const last = await store.get(counted[done - 1]);
  if (trial.operation.startsWith('edit') && keys === 1) assert.equal(last.count, before + done);
  else assert.ok(last);
  return measured;
}

module.exports = oneByOne;
