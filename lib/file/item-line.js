'use strict';

// The line of an item record in a data file, from a change that a turn commits.
//
// `src/record.rs` reads these lines, and writes them in listings: what one side writes, the other
// must read. `__test__/files/item-lines.test.js` tests the two against each other. Keys are JSON
// text, since a lone surrogate would not survive as UTF-8.

const { Removal } = require('../calls/changes');

/** Makes the line of a change, without its line feed. `json` is the JSON text of its value. */
function lineOf(change, json) {
  const keyText = JSON.stringify(change.key);
  if (change instanceof Removal) return `{"key":${keyText},"removed":true}`;
  const { expires } = change;
  if (expires === undefined) return `{"key":${keyText},"value":${json}}`;
  return `{"key":${keyText},"value":${json},"expires":${expires}}`;
}

module.exports = { lineOf };
