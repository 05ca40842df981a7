'use strict';

// The public class over files.

const { REMOVE } = require('./calls/operations');
const { Codec } = require('./codec');
const { FileEngine } = require('./file/engine');
const { checkOptions } = require('./file/options');
const { checkCount } = require('./parameters');
const { Store } = require('./store');

class PersistLock extends Store {
  static REMOVE = REMOVE;

  constructor(dir = process.cwd(), options = {}) {
    checkCount('constructor', arguments);
    const checked = checkOptions(dir, options);
    const codec = new Codec(checked.stringify, checked.parse);
    super(new FileEngine(checked, codec), codec, checked);
  }
}

module.exports = { PersistLock };
