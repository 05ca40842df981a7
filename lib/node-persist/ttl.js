'use strict';

// The ttl of node-persist, translated for persist-lock's own rule, which then decides.
//
// node-persist makes 1970 of some ttls, so that an item has expired before it is stored: that is kept for a ttl in the past. Of others it
// makes a text, so that an item never expires. The rule does what was meant, or rejects them.

const { isDate } = require('node:util/types');
const { LAST_TIME, expiryOf } = require('../arguments');

const DAY = 24 * 60 * 60 * 1000;
/** The expiry that node-persist gives an item whose ttl is in the past: the second day of 1970. */
const LONG_AGO = DAY;

/** Translates a ttl for `expiryOf`, at a time. */
function ownTtl(ttl, now) {
  if (!ttl) return null;
  const number = typeof ttl === 'string' && ttl.trim() !== '' ? Number(ttl) : ttl;
  // An expiry that no `Date` can hold, as with Number.MAX_SAFE_INTEGER, is none: node-persist never removes such an item either.
  if (typeof number === 'number' && now + number > LAST_TIME) return null;
  return Number.isNaN(number) ? ttl : number;
}

/** Tells if a ttl ends before a time. */
function isPast(ttl, now) {
  return typeof ttl === 'number' ? ttl < 0 : isDate(ttl) && Number(ttl) <= now;
}

/** Gives the option `ttl` as node-persist keeps it: `false`, a number, here a `Date` too, or a day. */
function defaultTtl(ttl) {
  const own = ownTtl(ttl, Date.now());
  if (own === null) return false;
  const isTime = typeof own === 'number' ? own > 0 : isDate(own) && !Number.isNaN(Number(own));
  return isTime ? own : DAY;
}

/** Gives the expiry of an item with a ttl, in milliseconds since 1970; `undefined` if it does not expire. */
function expiryOfTtl(ttl, byDefault, now) {
  const own = ownTtl(ttl === undefined ? byDefault : ttl, now);
  return isPast(own, now) ? LONG_AGO : expiryOf(own, null, now);
}

/** Gives the expiry in a file: its `ttl` is a moment, as a number or, by a fault of node-persist, a text. */
function expiryOfFile(ttl) {
  const moment = Math.ceil(Number(ttl));
  return ttl && moment >= 0 && moment <= LAST_TIME ? moment : undefined;
}

module.exports = { defaultTtl, expiryOfFile, expiryOfTtl };
