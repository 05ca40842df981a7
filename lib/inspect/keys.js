'use strict';

// Sends all keys, part by part, as arrays of JSON on a line each. The page draws those that are seen.

const { drained } = require('./drained');

/** The most keys that the page has memory for. */
const MOST_KEYS = 500_000;

/**
 * Makes the route of the keys.
 *
 * @param {import('./inspected').Inspected} inspected
 */
function keysRoute({ engine }) {
  return async ({ response }) => {
    // Before the headers: an error of the store has a status then.
    const count = await engine.count();
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
    await send(response, { count });
    for await (const keys of engine.parts('keys', { prefix: '', limit: MOST_KEYS })) {
      if (response.destroyed) return;
      await send(response, keys);
    }
    response.end('true\n');
  };
}

async function send(response, value) {
  if (response.write(`${JSON.stringify(value)}\n`) || response.destroyed) return;
  await drained(response);
}

module.exports = { keysRoute };
