'use strict';

// The public class over PostgreSQL. Nothing that it loads may load the addon.

const { REMOVE } = require('../calls/operations');
const { Codec } = require('../codec');
const { checkCount } = require('../parameters');
const { Store } = require('../store');
const { PostgresEngine } = require('./engine');
const { expiryOf } = require('./expiry');
const { checkOptions } = require('./options');

class PersistLock extends Store {
  static REMOVE = REMOVE;

  constructor(place, options = {}) {
    checkCount('constructorOverPostgres', arguments);
    const checked = checkOptions(place, options);
    const codec = new Codec(checked.stringify, checked.parse);
    super(new PostgresEngine(checked, codec), codec, checked, expiryOf);
  }
}

module.exports = { PersistLock };
