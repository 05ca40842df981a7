'use strict';

// The connection of an instance's watchers, and its registration: makes both when they are needed, and
// makes a connection that is lost again. Tells of messages of other processes, and of the loss of the
// connection. Must not know the watchers.

const { Registration } = require('./registration');

class WatchConnection {
  #context;
  #hear;
  /** @type {import('./connection').Connection | undefined} */
  #connection;
  /** @type {Registration | undefined} */
  #registration;

  /**
   * @param {object} context the parts of the engine
   * @param {() => void} hear is called if another process may have committed, or the connection is lost
   */
  constructor(context, hear) {
    this.#context = context;
    this.#hear = hear;
  }

  /** True from the time when the connection is made until it is dropped. */
  get isMade() {
    return this.#connection !== undefined;
  }

  /** True if the connection was made, and is lost. */
  get isLost() {
    return this.#connection?.lost !== undefined;
  }

  /** The connection and the registration, if both are there. */
  get ready() {
    const connection = this.#connection;
    const registration = this.#registration;
    if (connection === undefined || this.isLost || registration === undefined) return undefined;
    return { connection, registration };
  }

  /** Makes the connection and the registration, if they are not there; renews the registration. */
  async prepare() {
    const connection = await this.#connected();
    let registration = this.#registration;
    if (registration === undefined) {
      registration = new Registration(this.#context);
      await registration.make(connection);
      this.#registration = registration;
    }
    await registration.renew(connection);
    return { connection, registration };
  }

  async #connected() {
    if (this.#connection !== undefined && !this.isLost) return this.#connection;
    this.#connection = undefined;
    const { connections, lifecycle, names } = this.#context;
    await lifecycle.open();
    const connection = await connections.makeExtra();
    this.#connection = connection;
    connection.onLost(() => {
      if (this.#connection === connection) this.#hear();
    });
    connection.onNotification(this.#hear);
    // A pooler gives the session to others.
    if (!connection.isPooled) await connection.run([{ text: `LISTEN ${names.channel}` }]);
    return connection;
  }

  /** Forgets the registration: it has lapsed. Returns false if it is another one by now. */
  forget(registration) {
    if (this.#registration !== registration) return false;
    this.#registration = undefined;
    return true;
  }

  /** Ends the connection. */
  drop() {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#context.connections.destroy(connection);
  }
}

module.exports = { WatchConnection };
