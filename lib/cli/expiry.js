'use strict';

// The commands on the expiry of items.

const { expiryOf } = require('../arguments');
const { keyOf } = require('./arguments');
const { durationText } = require('./durations');
const { Failure } = require('./failures');
const { ttlOf } = require('./options');
const { changing, reading } = require('./store');

/** Makes the report of an expiry, in milliseconds since 1970; `undefined` for never. */
function reportOf(expires) {
  if (expires === undefined) return { expires: null };
  const at = new Date(expires).toISOString();
  return { expires, at, left: durationText(expires - Date.now()) };
}

function missing(key) {
  return new Failure(`There is no item ${JSON.stringify(key)}`);
}

function ttl({ args: [keyText], options, output }) {
  const key = keyOf(keyText, options);
  return reading(options, async (store, engine) => {
    const item = await engine.item(key, Date.now());
    if (item === undefined) throw missing(key);
    await output.report(reportOf(item.expires));
  });
}

async function touch({ args: [keyText, timeText], options, output }) {
  const key = keyOf(keyText, options);
  const time = ttlOf(timeText, 'The TIME');
  // A wrong time fails before the store is opened.
  expiryOf(time, null, Date.now());
  const expires = await changing(options, async (store, engine) => {
    return (await store.touch(key, time)) ? engine.expiry(key) : undefined;
  });
  if (expires === undefined) throw missing(key);
  await output.report(reportOf(expires ?? undefined));
}

module.exports = { touch, ttl };
