'use strict';

// The parts of the engine that its other parts use, put together: all but the one that runs calls.

const { ChangeLog } = require('./change-log');
const { Connections } = require('./connections');
const { Lifecycle } = require('./lifecycle');
const { Listings } = require('./listings');
const { Reads } = require('./reads');

/**
 * The parts of an engine that its other parts use. Each is made with those before it.
 *
 * @typedef {object} Context
 * @property {object} options the checked ones of the class
 * @property {import('../codec').Codec} codec
 * @property {import('../observation').Observation} observation
 * @property {Connections} connections
 * @property {import('./names').Names} names
 * @property {import('./keys').Keys} keys
 * @property {Lifecycle} lifecycle
 * @property {ChangeLog} changeLog
 * @property {Reads} reads
 * @property {Listings} listings
 * @property {PostgresWriter} writer
 */

/**
 * Makes the parts, without the writer.
 *
 * @param {object} options the checked ones of the class
 * @param {import('../codec').Codec} codec
 * @param {import('../observation').Observation} observation
 * @returns {Context}
 */
function makeContext(options, codec, observation) {
  const context = { options, codec, observation };
  context.connections = new Connections(context);
  context.names = context.connections.names;
  context.keys = context.connections.keys;
  context.lifecycle = new Lifecycle(context);
  context.changeLog = new ChangeLog(context);
  context.reads = new Reads(context);
  context.listings = new Listings(context);
  return context;
}

module.exports = { makeContext };
