'use strict';

// The calls that an engine may lack: the blocking ones, `compact` and `backup`. They are refused.

const { unsupportedError } = require('./errors');

/** The blocking calls of an engine that has none. */
const UNSUPPORTED = new Proxy(
  {},
  {
    get() {
      throw unsupportedError();
    },
  },
);

/**
 * Gives the blocking calls of an engine.
 *
 * @param {import('./engine').Engine} engine
 * @returns {import('./engine').BlockingCalls}
 */
function blockingCallsOf(engine) {
  return engine.blocking ?? UNSUPPORTED;
}

/** The advice for a call that an engine over a database lacks. */
const INSTEAD = {
  compact: 'Its database removes dead data itself',
  backup: 'Use the backups of its database',
};

/** Throws if an engine lacks a call. */
function checkSupport(engine, name) {
  if (engine[name] !== undefined) return;
  throw unsupportedError(`This store has no \`${name}\`. ${INSTEAD[name]}`);
}

module.exports = { blockingCallsOf, checkSupport };
