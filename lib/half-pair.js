'use strict';

// Half of a surrogate pair at the end of a prefix. The bytes of the half do not begin those of the
// pair, as the half begins the pair in JavaScript.

/** Returns true if a text ends in the first half of a surrogate pair. */
function endsInHalfPair(text) {
  return /[\ud800-\udbff]$/.test(text);
}

module.exports = { endsInHalfPair };
