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

  /** True if there is a connection that is not lost. */
  get isMade() {
    return this.#connection !== undefined && this.#connection.lost === undefined;
  }

  /** The connection and the registration, if both are there. */
  get ready() {
    const connection = this.#connection;
    const registration = this.#registration;
    if (!this.isMade || registration === undefined) return undefined;
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
    if (this.isMade) return this.#connection;
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

  /** Returns false if a registration was forgotten. */
  has(registration) {
    return this.#registration === registration;
  }

  /** Forgets the registration: it has lapsed. Returns false if it is another one by now. */
  forget(registration) {
    if (!this.has(registration)) return false;
    this.#registration = undefined;
    return true;
  }

  /** Ends a connection that an error has left in a failed transaction, if it is still the one. */
  dropFailed(connection) {
    if (this.#connection === connection) this.drop();
  }

  /** Ends the connection. */
  drop() {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#context.connections.destroy(connection);
  }
}

module.exports = { WatchConnection };
