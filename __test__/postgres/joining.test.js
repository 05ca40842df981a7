'use strict';

// Watchers that could not begin, and begin later with others.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Joining } = require('../../lib/postgres/joining');

test('each watcher has the commits since its call, also if it begins with later ones', () => {
  const [early, late] = [new Joining(), new Joining()];
  const commit = (number, ...joinings) => joinings.forEach(({ own }) => own.add(number));
  early.add('first');
  commit(1, early);
  early.add('second');
  commit(2, early);
  late.add('third');
  commit(3, early, late);
  late.add('fourth');
  commit(4, early, late);
  early.absorb(late);
  const own = [...early.own];
  const since = Array.from(early.sources, ([name, before]) => [name, own.slice(before)]);
  assert.deepEqual(since, [
    ['first', [1, 2, 3, 4]],
    ['second', [2, 3, 4]],
    ['third', [3, 4]],
    ['fourth', [4]],
  ]);
});
