'use strict';

// Random numbers that can be repeated, and the size of random tests.

/** The factor by which random tests are larger than in `npm test`. */
const TIMES = Number(process.env.PERSIST_LOCK_TIMES ?? 1);

/**
 * Makes a generator of random numbers.
 * @param {number} seed
 */
function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] };
}

/** Makes a generator from `PERSIST_LOCK_SEED`, or from a new seed; prints it, so that a failure can be repeated. */
function seeded(t) {
  const seed = Number(process.env.PERSIST_LOCK_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`PERSIST_LOCK_SEED=${seed}`);
  return random(seed);
}

module.exports = { TIMES, random, seeded };
