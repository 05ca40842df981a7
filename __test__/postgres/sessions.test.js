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
  for (let at = 0; at < 20; at++) {
    await store.setItem('a', at);
    await store.editItem('a', async (current) => current + 1);
    assert.equal(await store.getItem('a'), at + 1);
  }
  // One of each connection, and one of each session that is not given back yet.
  const { connections } = await store.stats();
  assert.ok(callbacks <= 2 * connections, `${callbacks} on ${connections} connections`);
});
