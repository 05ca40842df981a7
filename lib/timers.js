'use strict';

// What Node's timers can do.

/** The longest that one can wait, in milliseconds: what is longer would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

module.exports = { LONGEST_TIMER };
