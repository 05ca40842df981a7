'use strict';

// Imports: items whose values are JSON text already, put into a store in one commit.

const { KeysCall } = require('./calls/call');
const { Operations } = require('./calls/operations');
const { Codec } = require('./codec');

/**
 * Makes the operation that puts items in a turn, whatever is there. `Operations.putAll` says what an item has.
 *
 * @param {{ key: string, json: string, expires?: number }[]} items
 */
function importOf(items) {
  return new Operations(new Codec()).putAll(items);
}

/**
 * Puts items into a store in one commit. Resolves once they are durable.
 *
 * @param {import('./engine').Engine} engine
 * @param {string[] | null} [keys] the keys whose locks the commit needs; `null`, for all, is cheaper than to name many
 */
async function importItems(engine, items, keys = null) {
  return engine.submit(new KeysCall(keys, importOf(items), { timeout: engine.lockTimeout }));
}

module.exports = { importItems, importOf };
