'use strict';

// What node-persist takes for a ttl, put in the terms of persist-lock's own rule, which then decides.
//
// Where node-persist made 1970 of a ttl, and so an item that had expired before it was stored, or a text that never ended,
// the rule does what was meant, or rejects it.

const { expiryOf } = require('../arguments');

const DAY = 24 * 60 * 60 * 1000;

/** A ttl as `expiryOf` takes it; `undefined` still stands for the default. */
function ownTtl(ttl) {
  if (ttl === undefined) return undefined;
  if (!ttl) return null;
  const number = typeof ttl === 'string' && ttl.trim() !== '' ? Number(ttl) : ttl;
  // Such as Number.MAX_SAFE_INTEGER, for what is to stay.
  if (typeof number === 'number' && Date.now() + number > Number.MAX_SAFE_INTEGER) return null;
  return Number.isNaN(number) ? ttl : number;
}

/** The option `ttl` as node-persist keeps it: `false`, a number or a `Date`. */
function defaultTtl(ttl) {
  const own = ownTtl(ttl);
  expiryOf(own, null, Date.now());
  return own === true ? DAY : (own ?? false);
}

/** When an item of this ttl ends, in milliseconds since 1970; `undefined` for one that does not. */
function expiryOfTtl(ttl, byDefault) {
  return expiryOf(ownTtl(ttl), byDefault, Date.now());
}

/** The same, from the `ttl` of a file: a moment, as a number or, by a fault of node-persist's, a text. */
function expiryOfFile(ttl) {
  const moment = Math.ceil(Number(ttl));
  return ttl && moment >= 0 && moment <= Number.MAX_SAFE_INTEGER ? moment : undefined;
}

module.exports = { defaultTtl, expiryOfFile, expiryOfTtl, ownTtl };
