'use strict';

// How calls end: with what they have come to, when what they committed is durable, or with an error. Knows how many have not ended
// yet; not what they do.

const timers = require('../timers');

/** How many calls of the user's are settled before the event loop gets its turn. */
const RESOLVED_AT_ONCE = 1000;

/**
 * The instances with calls that have not ended. Nobody else may hold one: what waits for a lock or for another's promise is known to
 * the native side alone, which holds no instance.
 */
const busy = new Set();

class Completions {
  #syncs;
  #deadlines;
  #whenAll;
  #translate;
  #unsettled = 0;
  #waiting = [];

  /**
   * @param {() => void} whenAll is called whenever no call is left
   * @param {(error: unknown, key?: string) => unknown} translate turns an error of the engine's own library into one for users
   */
  constructor(syncs, deadlines, whenAll, translate) {
    this.#syncs = syncs;
    this.#deadlines = deadlines;
    this.#whenAll = whenAll;
    this.#translate = translate;
  }

  /** Takes note of one more call, and keeps the instance alive until it has ended. */
  expect() {
    if (this.#unsettled++ === 0) busy.add(this);
  }

  /** True while a call has not ended. */
  get isBusy() {
    return this.#unsettled > 0;
  }

  /** Resolves when no call is left. */
  async finish() {
    if (this.#unsettled > 0) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Settles the calls of a commit when it is durable, and then calls `done`. Views commit nothing, and may show what is not durable
   * yet.
   */
  acknowledge(ran, done) {
    const writes = ran.filter((write) => {
      if (write.shared) this.resolve(write);
      return !write.shared;
    });
    if (writes.length === 0) return done();
    this.#syncs.acknowledge((error) => {
      if (error === undefined) return this.#resolveFrom(0, writes, done);
      for (const write of writes) this.reject(write, error);
      done();
    });
  }

  #resolveFrom(first, writes, done) {
    let resolved = 0;
    for (let at = first; at < writes.length; at++) {
      // What waited for them is run when this pauses, and takes its time too.
      if (resolved >= RESOLVED_AT_ONCE) {
        timers.setImmediate(() => this.#resolveFrom(at, writes, done));
        return;
      }
      resolved += writes[at].count;
      this.resolve(writes[at]);
    }
    done();
  }

  resolve(call, result) {
    if (call.resolve(result)) this.#settled();
  }

  /**
   * Settles a call with an error, unless it has settled before.
   *
   * @param {string} [key] the key of the item that the error is about
   */
  reject(call, error, key) {
    const translated = this.#translate(error, key);
    this.#deadlines.end(call, translated);
    if (call.reject(translated)) this.#settled();
  }

  #settled() {
    if (--this.#unsettled > 0) return;
    busy.delete(this);
    this.#whenAll();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

module.exports = { Completions };
