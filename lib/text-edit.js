'use strict';

// Edits of one item as JSON text, under the lock of its key.

const { KeysCall } = require('./calls/keys-call');
const { Suspended } = require('./calls/suspended');
const { SetItem } = require('./calls/changes');

/** @typedef {{ json: string, expires?: number }} TextItem */

/**
 * Edits an item. Resolves, once the change is durable, with true if there was one.
 *
 * @param {import('./engine').Engine} engine
 * @param {string} key
 * @param {(item: TextItem | undefined) => Promise<TextItem | undefined>} edit
 *   is given the item, or `undefined` if there is none, while no other call can change it; resolves
 *   with the item to store, or with `undefined` for no change
 */
async function editText(engine, key, edit) {
  const run = (turn) => new Suspended(edit(turn.item(key)), takeAsIs, store);
  const store = (turn, item) => {
    if (item !== undefined) turn.change(new SetItem(key, item.json, item.expires));
    return item !== undefined;
  };
  const terms = { hasCallback: true, timeout: engine.lockTimeout };
  return engine.submit(new KeysCall([key], run, terms));
}

function takeAsIs(item) {
  return item;
}

module.exports = { editText };
