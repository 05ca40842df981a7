'use strict';

// The changes that a watcher is told, for tests that name each of them.

const assert = require('node:assert/strict');

/** Takes so many changes. */
async function take(watcher, count) {
  const changes = [];
  while (changes.length < count) {
    const { done, value } = await watcher.next();
    assert.equal(done, false, `ended after ${changes.length} changes`);
    changes.push(value);
  }
  return changes;
}

/** Gives a change in short: its key, and its value unless it was removed. */
function short({ key, value, removed }) {
  return removed ? key : `${key}=${JSON.stringify(value)}`;
}

async function takeShort(watcher, count) {
  return (await take(watcher, count)).map(short);
}

module.exports = { short, take, takeShort };
