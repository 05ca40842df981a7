'use strict';

// Server-sent events to one browser, as fast as it takes them.

const { drained } = require('./drained');

class EventStream {
  #response;
  #last = new Map();

  /** @param {import('node:http').ServerResponse} response */
  constructor(response) {
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
  }

  get isOpen() {
    return !this.#response.destroyed;
  }

  /** Calls a function once the browser has gone. */
  onClose(end) {
    this.#response.once('close', end);
  }

  /** Sends an event; resolves once the browser can take another. */
  async send(name, data) {
    await this.#write(name, JSON.stringify(data));
  }

  /** Sends an event unless its last one had the same data. */
  async sendNew(name, data) {
    const text = JSON.stringify(data);
    if (this.#last.get(name) === text) return;
    this.#last.set(name, text);
    await this.#write(name, text);
  }

  async #write(name, text) {
    const response = this.#response;
    if (response.destroyed || response.write(`event: ${name}\ndata: ${text}\n\n`)) return;
    await drained(response);
  }
}

module.exports = { EventStream };
