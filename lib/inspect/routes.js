'use strict';

// The requests of the page, and the functions that answer them. A read-only page has no others than
// those that read.

const { pageFiles } = require('./page-files');
const { ItemRoutes } = require('./items');
const { keysRoute } = require('./keys');
const { Feeds } = require('./feeds');
const { JobRoutes } = require('./jobs');
const { reply } = require('./replies');
const { version } = require('../../package.json');

/**
 * A request: `query` has the parameters of its address.
 *
 * @typedef {object} Exchange
 * @property {import('node:http').IncomingMessage} request
 * @property {import('node:http').ServerResponse} response
 * @property {URLSearchParams} query
 */

/**
 * Makes the routes, by method and path, and the function that removes what they leave.
 *
 * @param {import('./inspected').Inspected} inspected
 * @returns {{ routes: Map<string, (exchange: Exchange) => unknown>, end: () => void }}
 */
function routesOf(inspected) {
  const { name, isReadOnly, engine, files } = inspected;
  const items = new ItemRoutes(inspected);
  const jobs = new JobRoutes(inspected);
  const feeds = new Feeds(inspected, jobs);
  const about = {
    ...{ name, version, isReadOnly, lockTimeout: engine.lockTimeout },
    isDatabase: files === undefined,
  };
  const reading = {
    ...pageFiles(),
    'GET /api/store': ({ response }) => reply(response, about),
    'GET /api/keys': keysRoute(inspected),
    'GET /api/item': (exchange) => items.read(exchange),
    'GET /api/text': (exchange) => items.download(exchange),
    'GET /api/feed': (exchange) => feeds.begin(exchange),
  };
  const changing = {
    'PUT /api/item': (exchange) => items.save(exchange),
    'DELETE /api/item': (exchange) => items.remove(exchange),
    'POST /api/expiry': (exchange) => items.touch(exchange),
  };
  const working = {
    'POST /api/verify': ({ response }) => jobs.verify(response),
    'POST /api/compact': ({ response }) => jobs.compact(response),
    'POST /api/backup': ({ response }) => jobs.backup(response),
    'GET /api/backup': ({ response }) => jobs.download(response),
  };
  const routes = new Map([
    ...Object.entries(reading),
    ...(isReadOnly ? [] : Object.entries(changing)),
    ...(isReadOnly || files === undefined ? [] : Object.entries(working)),
  ]);
  return { routes, end: () => jobs.discard() };
}

module.exports = { routesOf };
