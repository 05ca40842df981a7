'use strict';

// Four processes edit for a while, each one edit after another: all the same key, or each its own.
// The time is that of one edit among all four. `share` is the slowest process's part of the mean;
// `longest` is the time of the longest edit.

const assert = require('node:assert/strict');
const { keyOf } = require('../lib/items');
const { each } = require('../lib/timing');
const { startPartner } = require('../lib/partners');

const PROCESSES = 4;
const DURATION = 1000;
const QUICK_DURATION = 100;

async function processes({ trial, store: { name }, folder, isQuick, open }) {
  const duration = isQuick ? QUICK_DURATION : DURATION;
  const keyFor = (at) => keyOf(trial.operation === 'own' ? at : 0);
  const editors = await Promise.all(
    Array.from({ length: PROCESSES }, (_, at) =>
      startPartner('edit-for-a-while', { name, folder, key: keyFor(at), duration }),
    ),
  );
  // All have opened the store and made their first edits; now they begin together.
  const results = await Promise.all(editors.map((editor) => editor.finish()));

  const store = await open();
  const keys = [...new Set(results.map((_, at) => keyFor(at)))];
  let stored = 0;
  for (const key of keys) stored += (await store.get(key)).count;
  assert.equal(stored, sum(results, 'edits'), 'an edit was lost');

  const total = sum(results, 'inTime');
  const slowest = Math.min(...results.map(({ inTime }) => inTime));
  return {
    time: each(duration, total),
    share: slowest / (total / PROCESSES),
    longest: Math.max(...results.map(({ longest }) => longest)),
  };
}

function sum(results, name) {
  return results.reduce((total, result) => total + result[name], 0);
}

module.exports = processes;
