'use strict';

// The sessions of turns: each has a connection for some turns, and leaves nothing on it.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Connection } = require('../../lib/postgres/connection');
const { newPlace, opened } = require('../support/postgres/places');

test('turns leave no callbacks on the connections that they have had', async (t) => {
  let callbacks = 0;
  const { onLost } = Connection.prototype;
  t.mock.method(Connection.prototype, 'onLost', function (callback) {
    callbacks++;
    const end = onLost.call(this, callback);
    return () => {
      callbacks--;
      end();
    };
  });
  const store = opened(t, await newPlace(t));
  const counts = new Set();
  for (let at = 0; at < 10; at++) {
    await store.setItem('a', at);
    await store.editItem('a', async (current) => current + 1);
    assert.equal(await store.getItem('a'), at + 1);
    // The turn that ends the lease gives its connection back.
    await store.clear();
    counts.add(callbacks);
  }
  assert.equal(counts.size, 1, `${[...counts]}`);
});
