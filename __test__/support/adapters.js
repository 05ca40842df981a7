'use strict';

// Processes that share a store by an adapter, and the commits that an adapter makes.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { start } = require('./processes');

/**
 * Lets processes run a program at once, each with a name as its last argument; resolves when all have
 * ended well.
 */
async function runTogether(program, names, ...args) {
  const users = names.map((name) => start(program, ...args, name));
  await Promise.all(users.map((user) => once(user, 'message')));
  for (const user of users) user.send('begin');
  for (const user of users) assert.deepEqual(await user.ended, { code: 0, signal: null });
}

/** Counts the commits that a store makes during some work. */
async function commitsDuring(store, work) {
  const before = await store.stats();
  await work();
  return (await store.stats()).commits - before.commits;
}

module.exports = { commitsDuring, runTogether };
