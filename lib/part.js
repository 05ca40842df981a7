'use strict';

// A part of a store: the items whose keys begin with a prefix. It shares the engine of its store,
// and has no life of its own to open or close.

const { checkPartPrefix } = require('./choices');
const { Items, argumentsOfPart } = require('./items');
const { checkCount } = require('./parameters');

class Part extends Items {
  /**
   * @param {Items} items a store, or a part of one
   * @param {string} prefix
   */
  constructor(items, prefix) {
    super(...argumentsOfPart(items, checkPartPrefix(prefix)));
  }

  sub(prefix) {
    checkCount('sub', arguments);
    return new Part(this, prefix);
  }
}

module.exports = { Part };
