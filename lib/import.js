'use strict';

// Imports: puts items whose values are JSON text already into a store, in one commit.

const { KeysCall } = require('./calls/keys-call');
const { Operations } = require('./calls/operations');
const { Codec } = require('./codec');

/**
 * Makes the operation that puts items in a turn, whatever is there. `Operations.putAll` describes an
 * item.
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
 * @param {string[] | null} [keys]
 *   the keys whose locks the commit needs; `null`, for all keys, costs less than many
 */
async function importItems(engine, items, keys = null) {
  return engine.submit(new KeysCall(keys, importOf(items), { timeout: engine.lockTimeout }));
}

/**
 * Removes all items of a store, and puts others into it, in one commit. Resolves once they are
 * durable.
 *
 * @param {import('./engine').Engine} engine
 */
async function replaceItems(engine, items) {
  const put = importOf(items);
  const run = (turn) => {
    turn.clear();
    put(turn);
  };
  return engine.submit(new KeysCall(null, run, { timeout: engine.lockTimeout }));
}

module.exports = { importItems, importOf, replaceItems };
