'use strict';

// Stores items whose time to live a host program gives as a number. An adapter does not use the `ttl`
// of the store: host programs have their own.

const { LAST_TIME } = require('../arguments');
const { REMOVE } = require('../calls/operations');

/** The ttl of an item that has expired before it is stored. */
const PAST = Symbol('past');

/** Makes a ttl of the milliseconds that are left; `undefined` and times beyond all dates are never. */
function ttlOf(left) {
  if (left === undefined || Date.now() + left > LAST_TIME) return null;
  return left <= 0 ? PAST : Math.ceil(left);
}

/**
 * Stores an item; removes it if it has expired.
 *
 * @param {import('../items').Items} items
 * @param {string} key
 * @param {unknown} value
 * @param {number} [left] the milliseconds until the item expires; never without it
 */
async function storeItem(items, key, value, left) {
  const ttl = ttlOf(left);
  if (ttl === PAST) await items.removeItem(key);
  else await items.setItem(key, value, { ttl });
}

/**
 * Stores several items in one commit, as `storeItem` does.
 *
 * @param {import('../items').Items} items
 * @param {{ key: string, value: unknown, left?: number }[]} entries
 */
async function storeItems(items, entries) {
  const ttls = new Map();
  const values = new Map();
  for (const { key, value, left } of entries) {
    const ttl = ttlOf(left);
    ttls.set(key, ttl);
    values.set(key, ttl === PAST ? REMOVE : value);
  }
  const [ttl, ...others] = new Set(ttls.values());
  // A set has one ttl for all of its items, and does not read those that it replaces.
  if (others.length === 0 && ttl !== PAST) await items.setItems(values, { ttl });
  else {
    const rule = (value, before, key) => ttls.get(key);
    await items.editItems(values.keys(), () => values, { ttl: rule });
  }
}

module.exports = { storeItem, storeItems };
