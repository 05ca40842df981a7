'use strict';

// A token that ten processes want at once is fetched by one of them.

const assert = require('node:assert/strict');
const test = require('node:test');
const { startActor } = require('../support/postgres/actors');
const { newPlace } = require('../support/postgres/places');

test('ten processes get one token, which one of them has fetched', async (t) => {
  const place = await newPlace(t);
  const actors = Array.from({ length: 10 }, () => startActor(t, place, { lockTimeout: 60_000 }));
  await Promise.all(actors.map((actor) => actor.call('get', 'token')));
  const makes = actors.map((actor) => actor.hold('holdMake', 'token'));
  const first = await Promise.race(makes.map((make, at) => make.begun.then(() => at)));
  await makes[first].finish('the token');
  const tokens = await Promise.all(makes.map((make) => make.promise));
  assert.deepEqual(new Set(tokens), new Set(['the token']));
  const made = await Promise.all(actors.map((actor) => actor.call('makes')));
  assert.equal(
    made.reduce((sum, count) => sum + count),
    1,
  );
});

test('if the process that fetches it is killed, another one does', async (t) => {
  const place = await newPlace(t);
  const [killed, ...actors] = [1, 2, 3].map(() => startActor(t, place, { lockTimeout: 60_000 }));
  await killed.hold('holdMake', 'token').begun;
  const makes = actors.map((actor) => actor.hold('holdMake', 'token'));
  killed.kill('SIGKILL');
  const first = await Promise.race(makes.map((make, at) => make.begun.then(() => at)));
  await makes[first].finish('the token');
  assert.deepEqual(await Promise.all(makes.map((make) => make.promise)), [
    'the token',
    'the token',
  ]);
});
