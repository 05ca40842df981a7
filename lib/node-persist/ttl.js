'use strict';

// The ttl of node-persist, translated for persist-lock's own rule, which then decides.
//
// node-persist made 1970 of some ttls, so that an item had expired before it was stored, and a text of others, so that an item never
// expired. The rule does what was meant, or rejects them.

const { LAST_TIME, expiryOf } = require('../arguments');

const DAY = 24 * 60 * 60 * 1000;

/** Translates a ttl for `expiryOf`, at a time. `undefined` still stands for the default. */
function ownTtl(ttl, now) {
  if (ttl === undefined) return undefined;
  if (!ttl) return null;
  const number = typeof ttl === 'string' && ttl.trim() !== '' ? Number(ttl) : ttl;
  // An expiry that no `Date` can hold, as with Number.MAX_SAFE_INTEGER, is none: node-persist never removes such an item either.
  if (typeof number === 'number' && now + number > LAST_TIME) return null;
  return Number.isNaN(number) ? ttl : number;
}

/** Gives the option `ttl` as node-persist keeps it: `false`, a number or a `Date`. */
function defaultTtl(ttl) {
  const now = Date.now();
  const own = ownTtl(ttl, now);
  expiryOf(own, null, now);
  return own === true ? DAY : (own ?? false);
}

/** Gives the expiry of an item with a ttl, in milliseconds since 1970; `undefined` if it does not expire. */
function expiryOfTtl(ttl, byDefault, now) {
  return expiryOf(ownTtl(ttl, now), ownTtl(byDefault, now), now);
}

/** Gives the expiry in a file: its `ttl` is a moment, as a number or, by a fault of node-persist, a text. */
function expiryOfFile(ttl) {
  const moment = Math.ceil(Number(ttl));
  return ttl && moment >= 0 && moment <= LAST_TIME ? moment : undefined;
}

module.exports = { defaultTtl, expiryOfFile, expiryOfTtl };
