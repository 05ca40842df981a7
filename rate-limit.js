'use strict';

// The module `persist-lock/rate-limit`: a store for express-rate-limit (`lib/adapters/rate-limit.js`).

const { RateLimitStore } = require('./lib/adapters/rate-limit');

module.exports = RateLimitStore;
module.exports.RateLimitStore = RateLimitStore;
