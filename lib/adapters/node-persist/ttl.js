'use strict';

// What node-persist takes for a ttl, put in the terms of persist-lock's own rule, which then decides.
//
// Where node-persist made 1970 of a ttl, and so an item that had expired before it was stored, or a text that never ended,
// the rule does what was meant, or rejects it.

const { LAST_TIME, expiryOf } = require('../../arguments');

const DAY = 24 * 60 * 60 * 1000;

/** A ttl as `expiryOf` takes it at a time; `undefined` still stands for the default. */
function ownTtl(ttl, now) {
  if (ttl === undefined) return undefined;
  if (!ttl) return null;
  const number = typeof ttl === 'string' && ttl.trim() !== '' ? Number(ttl) : ttl;
  // An end that no `Date` can hold, as of Number.MAX_SAFE_INTEGER, is none: node-persist never removes such an item either.
  if (typeof number === 'number' && now + number > LAST_TIME) return null;
  return Number.isNaN(number) ? ttl : number;
}

/** The option `ttl` as node-persist keeps it: `false`, a number or a `Date`. */
function defaultTtl(ttl) {
  const now = Date.now();
  const own = ownTtl(ttl, now);
  expiryOf(own, null, now);
  return own === true ? DAY : (own ?? false);
}

/** When an item of this ttl ends, in milliseconds since 1970; `undefined` for one that does not. */
function expiryOfTtl(ttl, byDefault, now) {
  return expiryOf(ownTtl(ttl, now), ownTtl(byDefault, now), now);
}

/** The same, from the `ttl` of a file: a moment, as a number or, by a fault of node-persist's, a text. */
function expiryOfFile(ttl) {
  const moment = Math.ceil(Number(ttl));
  return ttl && moment >= 0 && moment <= LAST_TIME ? moment : undefined;
}

module.exports = { defaultTtl, expiryOfFile, expiryOfTtl };
