'use strict';

// A PostgreSQL server in a temporary folder, as the tests start it, but durable: with fsync. And a
// proxy before it that delays, as a network does.

const net = require('node:net');
const { once } = require('node:events');

/** Forwards what a socket sends to another, each piece after a delay, in milliseconds. */
function forward(from, to, delay) {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), delay));
  from.once('close', () => setTimeout(() => to.destroy(), delay));
  from.on('error', () => {});
}

/** Starts a proxy that adds a delay to each round trip: the requests wait, the answers do not. */
async function startProxy({ host, port }, delay) {
  const proxy = net.createServer({ noDelay: true }, (client) => {
    const server = net.connect({ host, port, noDelay: true });
    forward(client, server, delay);
    server.pipe(client);
    server.on('error', () => client.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  // It does not keep the process alive.
  proxy.unref();
  return proxy;
}

class Database {
  #server;
  #proxies = new Map();

  /** Starts the server; rejects with the reason if there is none for this platform. */
  static async start() {
    // Loaded here: it needs packages that most trials do not need.
    const { ownServer } = require('../../__test__/support/postgres/servers');
    const database = new Database();
    database.#server = await ownServer(undefined, { settings: { fsync: 'on' } });
    return database;
  }

  /** Gives the URL of its database, with so many milliseconds more for each round trip. */
  async url(delay = 0) {
    const url = new URL(this.#server.url);
    if (delay === 0) return url.href;
    if (!this.#proxies.has(delay)) {
      this.#proxies.set(delay, await startProxy(this.#server, delay));
    }
    url.port = this.#proxies.get(delay).address().port;
    return url.href;
  }

  /** Ends the server and the proxies. */
  remove() {
    for (const proxy of this.#proxies.values()) proxy.close();
    return this.#server.remove();
  }
}

module.exports = { Database };
