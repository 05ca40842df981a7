'use strict';

// A TCP proxy before a server, by which a test breaks connections: it stops forwarding, cuts after any
// number of bytes, or stops in front of a message that the test chooses. It knows no store.

const { EventEmitter, once } = require('node:events');
const net = require('node:net');
const { Messages } = require('./messages');

/** The two directions of a link. Each is a property of `Link`. */
const DIRECTIONS = ['toServer', 'toClient'];

/**
 * One direction of a link. Emits `message` with each message before it is forwarded, `stopped` when it
 * stops, and `cut` when its limit is reached.
 */
class Stream extends EventEmitter {
  /** The bytes that have been forwarded. */
  bytes = 0;
  /** The bytes after which the link is cut. */
  limit = Infinity;
  isStopped = false;
  #waiting = [];
  #link;
  #to;
  #messages;

  constructor(link, from, to, messages) {
    super();
    this.#link = link;
    this.#to = to;
    this.#messages = messages;
    from.on('data', (data) => this.#take(data));
  }

  /** Stops: in a listener of `message`, in front of that message. */
  stop() {
    if (this.isStopped) return;
    this.isStopped = true;
    this.emit('stopped');
  }

  /** Forwards what has come while the stream was stopped, and what comes from now on. */
  resume() {
    this.isStopped = false;
    for (const data of this.#waiting.splice(0)) this.#forward(data);
  }

  #take(data) {
    for (const message of this.#messages.split(data)) {
      if (!this.isStopped) this.emit('message', message);
      if (this.isStopped) this.#waiting.push(message.data);
      else this.#forward(message.data);
    }
  }

  #forward(data) {
    const part = data.subarray(0, Math.max(0, this.limit - this.bytes));
    this.bytes += part.length;
    if (!this.#to.destroyed) this.#to.write(part);
    if (this.bytes < this.limit || this.#link.isCut) return;
    this.emit('cut');
    this.#link.cut();
  }
}

/** A client's connection, and that to the server which the proxy has made for it. */
class Link {
  isCut = false;
  #client;
  #server;
  #whenEnded = [];

  constructor(client, server) {
    this.#client = client;
    this.#server = server;
    this.toServer = new Stream(this, client, server, Messages.ofClient());
    this.toClient = new Stream(this, server, client, Messages.ofServer());
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // The socket closes after an error.
      socket.on('error', () => {});
      socket.on('close', () => this.#closed(socket));
    }
  }

  /** The port by which the server knows the link. */
  get port() {
    return this.#server.localPort;
  }

  stop() {
    for (const direction of DIRECTIONS) this[direction].stop();
  }

  resume() {
    for (const direction of DIRECTIONS) this[direction].resume();
  }

  /** Ends both connections. What was written before is still sent. */
  cut() {
    this.isCut = true;
    this.#client.end(() => this.#client.destroy());
    this.#server.end(() => this.#server.destroy());
  }

  /** Calls back when both connections have ended. */
  onEnd(callback) {
    this.#whenEnded.push(callback);
  }

  /** Passes the end of one connection on to the other, unless the link has been stopped. */
  #closed(socket) {
    if (this.#client.destroyed && this.#server.destroyed) {
      for (const callback of this.#whenEnded.splice(0)) callback();
    }
    const [stream, other] =
      socket === this.#client ? [this.toServer, this.#server] : [this.toClient, this.#client];
    if (!stream.isStopped) other.end();
  }

  destroy() {
    this.isCut = true;
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** Emits `link` with each new link, before anything is forwarded through it. */
class Proxy extends EventEmitter {
  links = new Set();
  /** True if the proxy forwards nothing, on present and on new links. */
  isStopped = false;
  #listener;
  #url;

  constructor(listener, url) {
    super();
    this.#listener = listener;
    this.#url = new URL(url);
    listener.on('connection', (client) => this.#connected(client));
  }

  /** The address of the proxy, otherwise the URL of the server. */
  get url() {
    const url = new URL(this.#url);
    Object.assign(url, { hostname: '127.0.0.1', port: String(this.#listener.address().port) });
    return url.href;
  }

  /** Stops forwarding, and closes nothing: neither side learns of it. */
  stop() {
    this.isStopped = true;
    for (const link of this.links) link.stop();
  }

  resume() {
    this.isStopped = false;
    for (const link of this.links) link.resume();
  }

  /** Cuts all links. New ones are made as before. */
  cut() {
    for (const link of this.links) link.cut();
  }

  /**
   * Stops one direction of the first link on which it brings a message for which `test` is true;
   * resolves with the link.
   */
  stopBefore(direction, test) {
    return this.first((link, found) => {
      link[direction].on('message', (message) => {
        if (test(message) && found()) link[direction].stop();
      });
    });
  }

  /**
   * Resolves with the first link for which `found` is called. `watch` is given it with each link, of
   * those that there are and that come; it returns false if there was one before.
   */
  first(watch) {
    return new Promise((resolve) => {
      let isFound = false;
      const see = (link) =>
        watch(link, () => {
          const isFirst = !isFound;
          isFound = true;
          this.off('link', see);
          resolve(link);
          return isFirst;
        });
      for (const link of this.links) see(link);
      this.on('link', see);
    });
  }

  /** Goes to another server from now on, as a name does after a failover. */
  redirect(url) {
    this.#url = new URL(url);
  }

  async close() {
    for (const link of this.links) link.destroy();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #connected(client) {
    const { hostname, port } = this.#url;
    const link = new Link(client, net.connect(Number(port || 5432), hostname));
    this.links.add(link);
    link.onEnd(() => this.links.delete(link));
    if (this.isStopped) link.stop();
    this.emit('link', link);
  }
}

/** Starts a proxy before the server of a URL; it is closed after the test. */
async function startProxy(t, url) {
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const proxy = new Proxy(listener, url);
  proxy.setMaxListeners(0);
  t.after(() => proxy.close());
  return proxy;
}

module.exports = { DIRECTIONS, startProxy };
