'use strict';

// Places for stores on a server: each is a schema, gone after the test. A place is a text that a program
// can be given.

const { PersistLock } = require('../../../postgres');
const { newSchema, query, sharedServer } = require('./servers');

/** Makes a place on the server that the tests share. */
async function newPlace(t) {
  const { url } = await sharedServer();
  return JSON.stringify({ connectionString: url, schema: await newSchema(t, url) });
}

/** Gives the place on a server of the test's own. */
function placeOn({ url }) {
  return JSON.stringify({ connectionString: url, schema: 'public' });
}

/** Gives the same place by another way to its server. */
function through(place, { url }) {
  return JSON.stringify({ ...JSON.parse(place), connectionString: url });
}

const urlOf = (place) => JSON.parse(place).connectionString;

/** Gives the name of a place's table of items. */
const tableOf = (place) => `${JSON.parse(place).schema}.persist_lock`;

/** Opens a store; the connections of its place stand beside the options of the store. */
function open(place, options) {
  return new PersistLock(JSON.parse(place), options);
}

/** Opens a store that is closed after the test. */
function opened(t, place, options) {
  const store = open(place, options);
  t.after(() => store.close());
  return store;
}

module.exports = { newPlace, open, opened, placeOn, query, tableOf, through, urlOf };
