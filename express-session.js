'use strict';

// The module `persist-lock/express-session`: a store for express-session
// (`lib/adapters/express-session.js`).

const { SessionStore } = require('./lib/adapters/express-session');

module.exports = SessionStore;
module.exports.SessionStore = SessionStore;
