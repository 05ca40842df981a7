'use strict';

// A store for express-session: an item for each session, which expires with the session's cookie. Must
// not know an engine.

const { Store } = require('express-session');
const { checkOption } = require('../arguments');
const { setImmediate } = require('../timers');
const { Place } = require('./place');
const { storeItem } = require('./storing');

const DAY = 24 * 60 * 60 * 1000;

class SessionStore extends Store {
  #place;
  #items;
  /** The time to live of sessions whose cookies end with the browser, in milliseconds. */
  #ttl;
  /** A touch that moves the expiry by less than these milliseconds is left out. */
  #touchAfter;

  constructor(place, options = {}) {
    super();
    const { prefix = 'sess:', ttl = DAY, touchAfter = 0, ...others } = options;
    checkOption(typeof prefix === 'string', 'prefix', 'a string', prefix);
    checkOption(Number.isFinite(ttl) && ttl > 0, 'ttl', 'a positive number of milliseconds', ttl);
    const isSpan = Number.isFinite(touchAfter) && touchAfter >= 0;
    checkOption(isSpan, 'touchAfter', 'a number of milliseconds from 0 on', touchAfter);
    this.#ttl = ttl;
    this.#touchAfter = touchAfter;
    this.#place = new Place(place, others);
    this.#items = this.#place.items(prefix);
  }

  get(id, callback) {
    settle(this.#read(id), callback);
  }

  set(id, session, callback) {
    settle(storeItem(this.#items, id, session, this.#left(session)), callback);
  }

  destroy(id, callback) {
    settle(this.#items.removeItem(id), callback, nothing);
  }

  touch(id, session, callback) {
    settle(this.#touch(id, this.#left(session)), callback);
  }

  /** Gives the sessions by their ids. */
  all(callback) {
    settle(this.#items.entries(), callback, Object.fromEntries);
  }

  length(callback) {
    settle(this.#items.length(), callback);
  }

  /** Removes all sessions in one commit. */
  clear(callback) {
    settle(this.#items.clear(), callback);
  }

  /** Closes the store, if it was opened here. */
  close() {
    return this.#place.close();
  }

  /** Reads a session. A touch moves the expiry of its item alone, so that of its cookie follows here. */
  async #read(id) {
    const [session, expires] = await Promise.all([
      this.#items.getItem(id),
      this.#items.getExpiry(id),
    ]);
    if (session?.cookie?.expires && expires) session.cookie.expires = expires.toISOString();
    return session;
  }

  /**
   * Moves the expiry of a session. The session that is stored stays as it is: another process may have
   * changed it meanwhile.
   */
  async #touch(id, left) {
    if (left <= 0) {
      await this.#items.removeItem(id);
      return;
    }
    const rule = (session, { expires }) =>
      Math.abs(Date.now() + left - expires) < this.#touchAfter ? undefined : left;
    // A rule costs a copy of the session.
    await this.#items.touch(id, this.#touchAfter === 0 ? left : rule);
  }

  /** Gives the milliseconds until a session expires. JSON has no invalid date: it is none. */
  #left({ cookie }) {
    const left = cookie?.expires ? new Date(cookie.expires) - Date.now() : NaN;
    return Number.isNaN(left) ? this.#ttl : left;
  }
}

function nothing() {}

/** Calls back with a result, or an error, outside of promises. Without a callback an error is not handled. */
function settle(promise, callback, resultOf = (result) => result) {
  if (callback === undefined) return;
  promise.then(
    (result) => setImmediate(callback, null, resultOf(result)),
    (error) => setImmediate(callback, error),
  );
}

module.exports = { SessionStore };
