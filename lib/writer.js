'use strict';

// The queue of writes, and the writer turns that empty it: lock, refresh, callbacks, one commit, unlock, one sync.
//
// What is asked for in one tick, or while a sync is under way, goes into the next commit together. Knows no files and no
// keys' meaning: a write is a function of a Turn.

const { setImmediate: immediate } = require('node:timers/promises');
const { fromNative } = require('./errors');
const { Turn } = require('./turn');

/** How long callbacks may run on end, in milliseconds, before the event loop gets its turn. */
const BUDGET = 4;
/** The clock is looked at once for so many writes. */
const WRITES_PER_LOOK = 16;
/** With `durability: 'os'`, how long a commit waits to be synced, in milliseconds. */
const BACKGROUND_SYNC_DELAY = 500;

/** What a write answers whose callback returned a promise: its key is leased until that settles. */
class Suspended {
  /**
   * @param {PromiseLike<unknown>} promise
   * @param {(turn: Turn, result: unknown) => unknown} resume finishes the write, in a later turn
   */
  constructor(promise, resume) {
    this.promise = promise;
    this.resume = resume;
  }
}

class Writer {
  #native;
  #opening;
  #codec;
  #durability;
  /** Writes that no turn has taken yet, each of one key, or of all where `keyText` is `null`. */
  #queue = [];
  /** By the JSON text of each key whose asynchronous edit is under way, the writes that wait for it. */
  #leases = new Map();
  /** Writes of all keys that wait until no lease stands. */
  #waitingForAll = [];
  #running = false;
  /** The sync under way, and the one that is to follow it. */
  #syncing;
  #nextSync;
  /** With `durability: 'os'`, the timer of the sync that is due, and the sync that has begun. */
  #backgroundSync;
  #backgroundSyncing;
  /** Why the last background sync failed, until somebody has been told. */
  #failure;
  #submitted = 0;
  #unsettled = 0;
  #whenSettled = [];

  constructor(native, opening, codec, durability) {
    this.#native = native;
    this.#opening = opening;
    this.#codec = codec;
    this.#durability = durability;
  }

  /**
   * Queues a write of one key, or of all. Resolves with what `run` returns once that is durable.
   * @param {(turn: Turn) => unknown} run
   * @param {{ key?: string, keyText: string | null }} of
   */
  submit(run, { key, keyText }) {
    return new Promise((resolve, reject) => {
      this.#unsettled++;
      this.#queue.push({ order: this.#submitted++, key, keyText, run, resolve, reject });
      this.#wake();
    });
  }

  /** Resolves when all writes have settled and, in the background too, everything has been synced. */
  async finish() {
    if (this.#unsettled > 0) await new Promise((resolve) => this.#whenSettled.push(resolve));
    if (this.#backgroundSync !== undefined) this.#runBackgroundSync();
    await this.#backgroundSyncing;
    this.#throwFailure();
  }

  /** Tells of a background sync that failed, once. */
  #throwFailure() {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
  }

  #wake() {
    if (this.#running || this.#queue.length === 0) return;
    this.#running = true;
    // After all that this tick and its promises still ask for.
    process.nextTick(() => this.#run());
  }

  async #run() {
    while (this.#queue.length > 0) {
      const taken = this.#queue;
      this.#queue = [];
      const rest = await this.#runTurn(taken);
      if (rest.length > 0) {
        this.#queue = rest.concat(this.#queue);
        await immediate();
      } else if (this.#queue.length > 0) {
        // Those whose promises have just resolved may ask for more, which then shares the next commit.
        await new Promise((resolve) => process.nextTick(resolve));
      }
    }
    this.#running = false;
  }

  /** Runs one turn; returns the writes that its time did not suffice for. */
  async #runTurn(writes) {
    try {
      this.#throwFailure();
      await this.#opening.withStore(() => this.#begin());
    } catch (error) {
      for (const write of writes) this.#reject(write, error);
      this.#endTurn(writes);
      return [];
    }
    const ran = [];
    let rest = [];
    try {
      const turn = new Turn(this.#native, this.#codec, (keyText) => this.#leases.has(keyText));
      rest = this.#runWrites(writes, turn, ran);
      turn.commit();
      this.#endTurn(writes);
    } catch (error) {
      for (const { write } of ran) this.#reject(write, fromNative(error));
      this.#endTurn(writes);
      return rest;
    }
    const acknowledged = this.#acknowledge(ran);
    // What is left over need not wait for the sync.
    if (rest.length === 0) await acknowledged;
    return rest;
  }

  async #begin() {
    while (!this.#native._beginTurn()) await this.#native._waitForTurn();
  }

  #runWrites(writes, turn, ran) {
    const end = performance.now() + BUDGET;
    for (const [at, write] of writes.entries()) {
      if (at % WRITES_PER_LOOK === WRITES_PER_LOOK - 1 && performance.now() > end) {
        return writes.splice(at);
      }
      if (this.#mustWait(write)) continue;
      try {
        const result = write.run(turn);
        if (result instanceof Suspended) this.#lease(write, result);
        else ran.push({ write, result });
      } catch (error) {
        this.#reject(write, fromNative(error, write.key));
      }
    }
    return [];
  }

  /** Whether a write has to wait for asynchronous edits, and is kept for then. */
  #mustWait(write) {
    if (write.finishes) return false;
    if (write.keyText === null) {
      if (this.#leases.size > 0) this.#waitingForAll.push(write);
      return this.#leases.size > 0;
    }
    const waiting = this.#leases.get(write.keyText);
    waiting?.push(write);
    return waiting !== undefined;
  }

  #lease(write, { promise, resume }) {
    this.#leases.set(write.keyText, []);
    const finish = (run) => {
      this.#queue.unshift({ ...write, finishes: true, run });
      this.#wake();
    };
    promise.then(
      (result) => finish((turn) => resume(turn, result)),
      (error) =>
        finish(() => {
          throw error;
        }),
    );
  }

  /**
   * Ends the turn, and the leases that it has finished: until now they stood, so that no later write of the key could
   * overtake those that waited. An asynchronous edit that is still under way keeps the writer lock.
   */
  #endTurn(writes) {
    const freed = [];
    for (const { finishes, keyText } of writes) {
      if (!finishes) continue;
      freed.push(...this.#leases.get(keyText));
      this.#leases.delete(keyText);
    }
    if (this.#leases.size > 0) return this.#queueFirst(freed);
    freed.push(...this.#waitingForAll.splice(0));
    this.#queueFirst(freed);
    try {
      this.#native._endTurn();
    } catch {
      // The store has been closed or moved, and the lock with it.
    }
  }

  #queueFirst(writes) {
    if (writes.length === 0) return;
    writes.sort((one, other) => one.order - other.order);
    this.#queue = writes.concat(this.#queue);
    this.#wake();
  }

  /** Settles the writes of a commit when it is durable. */
  async #acknowledge(ran) {
    try {
      if (this.#durability === 'disk') await this.#sync();
      else
        this.#backgroundSync ??= setTimeout(() => this.#runBackgroundSync(), BACKGROUND_SYNC_DELAY);
    } catch (error) {
      for (const { write } of ran) this.#reject(write, fromNative(error));
      return;
    }
    for (const { write, result } of ran) this.#resolve(write, result);
  }

  /** Resolves when all that has been committed so far is durable. One sync at a time; it serves all before it. */
  #sync() {
    if (this.#syncing === undefined) {
      const sync = this.#native._syncCommits();
      if (sync === null) return Promise.resolve();
      this.#syncing = sync.finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    }
    // If the one under way fails, so does this one: what was written through a descriptor that failed is not to be trusted.
    this.#nextSync ??= this.#syncing
      .finally(() => {
        this.#nextSync = undefined;
      })
      .then(() => this.#sync());
    return this.#nextSync;
  }

  #runBackgroundSync() {
    clearTimeout(this.#backgroundSync);
    this.#backgroundSync = undefined;
    this.#backgroundSyncing = this.#acknowledgeNobody();
  }

  async #acknowledgeNobody() {
    try {
      await this.#sync();
    } catch (error) {
      this.#failure = fromNative(error);
    }
  }

  #resolve(write, result) {
    write.resolve(result);
    this.#settled();
  }

  #reject(write, error) {
    write.reject(error);
    this.#settled();
  }

  #settled() {
    if (--this.#unsettled > 0) return;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }
}

module.exports = { Suspended, Writer };
