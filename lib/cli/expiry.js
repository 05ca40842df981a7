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
  const expires = expiryOf(ttlOf(timeText, 'The TIME'), null, Date.now());
  const end = expires === undefined ? null : new Date(expires);
  if (!(await changing(options, (store) => store.touch(key, end)))) throw missing(key);
  await output.report(reportOf(expires));
}

module.exports = { touch, ttl };
