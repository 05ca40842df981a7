'use strict';

// The command that serves a page of the store, until it is ended.

const { startServer } = require('../inspect/server');
const { hasBrowser, openBrowser } = require('./browser');
const { Failure } = require('./failures');
const { tell } = require('./output');
const { lockTimeoutOf, placeOf } = require('./store');
const timers = require('../timers');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The time in which the command ends after a signal, in milliseconds. */
const END_TIME = 2000;

async function inspect({ options, output }) {
  const place = placeOf(options);
  const lockTimeout = lockTimeoutOf(options);
  const isReadOnly = options['read-only'] === true || !place.mayChange();
  const use = async (store, engine, expiryOf) => {
    const files = place.work?.(lockTimeout);
    const inspected = { name: place.name, isReadOnly, store, engine, expiryOf, files };
    // An error of the store is told here, and not in the browser.
    await store.init();
    await serve(inspected, options, output);
  };
  await (isReadOnly ? place.reading(use) : place.changing(lockTimeout, use));
}

/** Serves the page until a signal comes. */
async function serve(inspected, { port, 'no-open': staysClosed }, output) {
  const server = await startServer(inspected, port).catch((error) => {
    throw explained(error, port);
  });
  let discard;
  try {
    const ended = new Promise((resolve) => {
      for (const signal of SIGNALS) process.once(signal, resolve);
    });
    await output.write(`${server.newAddress()}\n`);
    const opens = !staysClosed && output.isTerminal && hasBrowser();
    if (opens) discard = await openBrowser(server.newAddress());
    const first = discard ? 'The page opens in your browser' : 'Open this address in a browser';
    tell(`${first}. Ctrl+C ends it`);
    await ended;
    // A call to a database that does not answer would last for half a minute.
    timers.setTimeout(() => process.exit(), END_TIME).unref();
  } finally {
    discard?.();
    await server.close();
  }
}

function explained(error, port) {
  if (error.code !== 'EADDRINUSE') return error;
  return new Failure(`The port ${port} is in use. Choose another by --port`, { cause: error });
}

module.exports = { inspect };
