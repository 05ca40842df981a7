'use strict';

// The module `persist-lock/keyv`: a store for Keyv (`lib/adapters/keyv.js`).

const { KeyvStore } = require('./lib/adapters/keyv');

module.exports = KeyvStore;
module.exports.KeyvStore = KeyvStore;
