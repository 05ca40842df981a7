'use strict';

// Processes that write while a test breaks their connections (`programs/survivor.js`).

const assert = require('node:assert/strict');
const { start } = require('./actors');
const { open } = require('./places');

/** Starts a process that writes; `ended` checks how it ended and resolves with its outcomes. */
function startSurvivor(t, place, name, { seed, writes = Infinity, ...options }) {
  const child = start('survivor.js', place, name, seed, writes, JSON.stringify(options));
  t.after(() => child.kill('SIGKILL'));
  let outcomes;
  child.on('message', (message) => (outcomes = message.counts ? message : outcomes));
  const exited = child.ended;
  child.finished = exited.then((ended) => {
    assert.deepEqual(ended, { code: 0, signal: null });
    return { name, ...outcomes };
  });
  // A test that ends early has its own error.
  child.finished.catch(() => {});
  /** Resolves when the process has made so many writes more. */
  child.writes = (count) =>
    new Promise((resolve, reject) => {
      exited.then(() => reject(new Error(`${name} has ended`)), reject);
      child.on('message', ({ done }) => done !== undefined && --count <= 0 && resolve());
    });
  return child;
}

/** Adds up the outcomes of processes, and prints them. */
function sum(t, outcomes) {
  const total = { acknowledged: 0, lost: 0, unknown: 0 };
  for (const { counts } of outcomes) for (const name in total) total[name] += counts[name];
  t.diagnostic(JSON.stringify(total));
  return total;
}

/**
 * Checks the items that processes have left: the counter is the sum of what each has counted, and
 * each has a value that its outcomes allow.
 */
async function checkCounts(place, outcomes) {
  const store = open(place);
  const items = new Map(await store.entries());
  let counted = 0;
  for (const { name, own } of outcomes) {
    const value = items.get(`own ${name}`);
    assert.ok(own.includes(value ?? null), `own ${name} is ${value}, which is none of ${own}`);
    counted += value ?? 0;
  }
  assert.equal(items.get('counter') ?? 0, counted);
  await store.close();
}

module.exports = { checkCounts, startSurvivor, sum };
