'use strict';

// The forms in which a watcher's changes leave the engine: as objects, or as texts of JSON Lines
// with the stored text of each value.
//
// A form names the kind of listing that the items which are there come from (`kind`), and makes the
// changes of a part of such a listing (`there`) and of the texts of the log (`told`). It picks those
// whose keys begin with a prefix (`picked`).

const { parseTuples } = require('./joined-texts');

const objects = {
  kind: 'items',
  isLines: false,

  there(items, commit) {
    return items.map(([key, value, expires]) => {
      return { key, value, expires, removed: false, commit, initial: true, merged: false };
    });
  },

  told(texts, count) {
    return parseTuples(texts, count, 6).map(([key, value, expires, commit, removed, merged]) => ({
      key,
      value: removed === 1 ? undefined : value,
      expires,
      removed: removed === 1,
      commit,
      initial: false,
      merged: merged === 1,
    }));
  },

  picked: (changes, prefix) => changes.filter(({ key }) => key.startsWith(prefix)),
};

const lines = {
  kind: 'lines',
  isLines: true,

  // Every line ends in a brace, and none contains a line feed. A value may contain U+2028 or U+2029,
  // before which `$` with the flag m matches too.
  there: (texts, commit) =>
    texts.replace(/\}(?=\n|$)/g, () => `,"commit":${commit},"initial":true}`),

  told: (texts) => texts,

  picked(texts, prefix) {
    const isPicked = (line) => JSON.parse(line).key.startsWith(prefix);
    return texts.split('\n').filter(isPicked).join('\n');
  },
};

module.exports = { lines, objects };
