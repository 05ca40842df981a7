'use strict';

// The forms in which a watcher's changes leave the engine: as objects, or as texts of JSON Lines.
//
// A form names the kind of listing that the items which are there come from (`kind`), and makes the
// changes of a part of such a listing (`there`) and of rows of the log (`told`).

const { lineOf, valuesOf } = require('./kinds');

/**
 * A change as it was read.
 *
 * @typedef {object} Told
 * @property {string} key
 * @property {string | null} json the text of the value, `null` if there is no item
 * @property {number | null} expires
 * @property {number} commit
 * @property {boolean} merged
 */

const objects = {
  kind: 'items',

  there(items, commit) {
    return items.map(([key, value, expires]) => {
      return { key, value, expires, removed: false, commit, initial: true, merged: false };
    });
  },

  /** @param {Told[]} changes */
  told(changes) {
    const values = valuesOf(changes.map(({ json }) => [null, json ?? 'null']));
    return changes.map(({ key, json, expires, commit, merged }, at) => {
      const removed = json === null;
      const value = removed ? undefined : values[at];
      return { key, value, expires, removed, commit, initial: false, merged };
    });
  },
};

const lines = {
  kind: 'lines',

  // Every line ends in a brace, and none contains a line feed.
  there: (texts, commit) =>
    texts.replace(/\}(?=\n|$)/g, () => `,"commit":${commit},"initial":true}`),

  /** @param {Told[]} changes */
  told(changes) {
    return changes
      .map(({ key, json, expires, commit, merged }) => {
        const line =
          json === null
            ? `{"key":${JSON.stringify(key)},"removed":true}`
            : lineOf(key, json, expires);
        return `${line.slice(0, -1)},"commit":${commit}${merged ? ',"merged":true' : ''}}`;
      })
      .join('\n');
  },
};

module.exports = { lines, objects };
