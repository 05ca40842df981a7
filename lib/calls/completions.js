'use strict';

// Settles calls: with their results once their commits are durable, or with errors. Counts the
// calls that have not settled, and knows nothing of what they do.

const timers = require('../timers');
const { isOurs } = require('../errors');
const { noteSettled } = require('./context');

/**
 * The number of the user's calls that are settled before the event loop gets its turn. A time slice
 * would not do: the reactions of their promises run after this code, and take most of the time.
 */
const RESOLVED_AT_ONCE = 1000;

const NOTHING = () => {};

/**
 * The instances with calls that have not settled. A call may wait for a lock or a promise that
 * holds no reference to its instance: so the instances are kept alive here. One entry stays for
 * ever: V8 makes the table of a set that becomes empty again.
 */
const busy = new Set([NOTHING]);

class Completions {
  #syncs;
  #deadlines;
  #whenAll;
  #translate;
  #unsettled = 0;
  #waiting = [];

  /**
   * @param {() => void} whenAll runs whenever no call is left
   * @param {(error: unknown, key?: string) => unknown} translate turns an error of the engine's own
   *   library into one for users
   */
  constructor(syncs, deadlines, whenAll, translate) {
    this.#syncs = syncs;
    this.#deadlines = deadlines;
    this.#whenAll = whenAll;
    this.#translate = translate;
  }

  /** Counts one more call, and keeps the instance alive until it has settled. */
  expect() {
    if (this.#unsettled++ === 0) busy.add(this);
  }

  /** Resolves when no call is left. */
  async finish() {
    if (this.#unsettled > 0) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Settles the calls of a commit once it is durable, and then calls `done`. Views settle at once:
   * they commit nothing, and may show items that are not durable yet.
   */
  acknowledge(ran, done) {
    const changing = [];
    for (const call of ran) {
      if (call.shared) this.resolve(call);
      else changing.push(call);
    }
    if (changing.length === 0) return done();
    this.#syncs.acknowledge((error) => {
      if (error === undefined) return this.#resolveFrom(0, changing, done);
      for (const call of changing) this.fail(call, error);
      done();
    });
  }

  /**
   * Settles the calls of a commit once it is durable, on the calling thread, and the blocking one of
   * them, if there is one, at once.
   */
  acknowledgeNow(ran, blocking) {
    try {
      this.#syncs.syncNow();
    } catch (error) {
      for (const call of ran) {
        if (call.shared) this.resolve(call);
        else this.fail(call, error);
      }
      return;
    }
    if (blocking !== undefined) this.resolve(blocking);
    if (blocking === undefined || ran.length > 1) this.#resolveFrom(0, ran, NOTHING);
  }

  #resolveFrom(first, calls, done) {
    let resolved = 0;
    for (let at = first; at < calls.length; at++) {
      if (resolved >= RESOLVED_AT_ONCE) {
        timers.setImmediate(() => this.#resolveFrom(at, calls, done));
        return;
      }
      resolved += calls[at].count;
      this.resolve(calls[at]);
    }
    done();
  }

  /** Settles a call with its result, or with the one given, unless it has settled before. */
  resolve(call, result) {
    if (call.resolve(result)) this.#settled(call);
  }

  /**
   * Settles a call with an error of its caller's own, or with one that was made where its caller is
   * on the stack, unless it has settled before. An error of the engine's library is neither.
   *
   * @param {string} [key] the key of the item that the error is about
   */
  reject(call, error, key) {
    const translated = this.#translate(error, key);
    this.#reject(call, translated, translated !== error);
  }

  /** Settles a call with any other error of this package, unless it has settled before. */
  fail(call, error, key) {
    this.#reject(call, this.#translate(error, key), true);
  }

  /**
   * Settles a call with an error that was thrown while it ran, outside its callback, unless it has
   * settled before.
   */
  failRun(call, error) {
    if (isOurs(error)) this.fail(call, error);
    else this.reject(call, error, call.keys?.[0]);
  }

  #reject(call, error, isRemote) {
    const wasUnsettled = call.reject(error, isRemote);
    // After it has settled: a subscriber who is told may make a blocking call, whose turn must not
    // run this one.
    this.#deadlines.end(call, error);
    if (wasUnsettled) this.#settled(call);
  }

  #settled(call) {
    if (call.madeIn.length > 0) noteSettled(call);
    if (--this.#unsettled > 0) return;
    busy.delete(this);
    this.#whenAll();
    if (this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

module.exports = { Completions };
