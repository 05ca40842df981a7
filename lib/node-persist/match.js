'use strict';

// The match of `valuesWithKeyMatch`: a pattern, or a text that keys contain; a falsy one matches all.

const { isRegExp } = require('node:util/types');
const { checkMatch } = require('../choices');

/** Makes the test of keys for a match. */
function matcherOf(match) {
  return checkMatch(isRegExp(match) ? match : String(match || ''));
}

module.exports = { matcherOf };
