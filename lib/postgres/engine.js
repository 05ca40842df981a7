'use strict';

// The engine that stores items in PostgreSQL: puts its parts together, and hands each call to one of
// them. `lib/engine.js` describes its methods. It has no blocking calls, no `backup` and no
// `compact`.

const { Connections } = require('./connections');
const { Lifecycle } = require('./lifecycle');
const { closedError } = require('../errors');
const { Observation } = require('../observation');

/**
 * The parts of an engine that its other parts use. Each is made with those before it.
 *
 * @typedef {object} Context
 * @property {object} options the checked ones of the class
 * @property {import('../codec').Codec} codec
 * @property {Observation} observation
 * @property {Connections} connections
 * @property {import('./names').Names} names
 * @property {import('./keys').Keys} keys
 * @property {Lifecycle} lifecycle
 */

class PostgresEngine {
  /** The instance of the class, which sets this: it is not collected while the engine has calls. */
  instance;
  lockTimeout;
  #lifecycle;
  #observation;

  /**
   * @param {object} options the checked ones of the class
   * @param {import('../codec').Codec} codec
   */
  constructor(options, codec) {
    const { schema, table, lockTimeout } = options;
    this.lockTimeout = lockTimeout;
    this.#observation = new Observation(`${schema}.${table}`);
    /** @type {Context} */
    const context = { options, codec, observation: this.#observation };
    context.connections = new Connections(context);
    context.names = context.connections.names;
    context.keys = context.connections.keys;
    context.lifecycle = new Lifecycle(context);
    this.#lifecycle = context.lifecycle;
  }

  open() {
    if (this.#lifecycle.isClosing) return Promise.reject(closedError());
    return this.#lifecycle.open();
  }

  close() {
    return this.#lifecycle.close(() => {});
  }
}

module.exports = { PostgresEngine };
