'use strict';

// The server of the page: answers this machine alone, checks each request, and hands it to its route.

const { once } = require('node:events');
const http = require('node:http');
const { Guard, HEADERS, Refusal } = require('./guard');
const { replyToError, replyWithText } = require('./replies');
const { routesOf } = require('./routes');

const LOOPBACK = '127.0.0.1';
/** The most bytes of a request's headers: an address has the key of an item. */
const LONGEST_HEADERS = 8 * 2 ** 20;

/**
 * Goes to the page once the cookie is set. A redirect would not do: a browser that came from another
 * site or a file does not send a strict cookie along with it.
 */
const ADMITTED =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><link rel="icon" href="/mark.svg"><title>persist-lock</title>';

/**
 * Starts the server.
 *
 * @param {import('./inspected').Inspected} inspected
 * @param {number} [port] by default one that is free
 */
async function startServer(inspected, port = 0) {
  const server = http.createServer({ maxHeaderSize: LONGEST_HEADERS });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  const { port: chosen } = server.address();
  const guard = new Guard(chosen);
  const { routes, end } = routesOf(inspected);
  server.on('request', (request, response) => {
    answer(guard, routes, request, response).catch((error) => replyToError(response, error));
  });
  return {
    /** Makes an address that opens the page once. */
    newAddress: () => `http://${LOOPBACK}:${chosen}/?token=${guard.newToken()}`,
    async close() {
      end();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(guard, routes, request, response) {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const url = new URL(`http://page${request.url}`);
  guard.checkOrigin(request, url.pathname);
  const token = url.searchParams.get('token');
  if (url.pathname === '/' && token !== null) {
    // A browser that goes back to its address is there already.
    if (!guard.isAdmitted(request)) response.setHeader('Set-Cookie', guard.admit(token));
    return replyWithText(response, 200, 'text/html', ADMITTED);
  }
  guard.checkAdmitted(request);
  const route = routes.get(`${request.method} ${url.pathname}`);
  if (route === undefined) throw new Refusal(404, `There is no ${request.method} ${url.pathname}`);
  return route({ request, response, query: url.searchParams });
}

module.exports = { startServer };
