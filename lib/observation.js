'use strict';

// What an instance tells of its work to those who watch over it: counts, and messages on `node:diagnostics_channel`.
//
// It is told by those who do the work, and decides nothing. A message that nobody listens for is not made.

const { channel } = require('node:diagnostics_channel');
const { fromNative } = require('./errors');
const timers = require('./timers');

const COMMIT = channel('persist-lock:commit');
const SYNC = channel('persist-lock:sync');
const WAIT = channel('persist-lock:wait');
const RECOVERY = channel('persist-lock:recovery');
const COMPACTION = channel('persist-lock:compaction');

class Observation {
  #native;
  #dir;
  #counts = { commits: 0, syncs: 0, compactions: 0, waits: 0, waitTime: 0 };

  constructor(native, dir) {
    this.#native = native;
    this.#dir = dir;
  }

  /** Tells how much is in the store, and what this instance has done. `kept` is the number of items, expired ones included. */
  stats() {
    const { kept, fileBytes, liveBytes, recoveries } = this.#sizes();
    const deadBytes = fileBytes - liveBytes;
    return { kept, fileBytes, liveBytes, deadBytes, ...this.#counts, recoveries };
  }

  /** A turn has begun, and has perhaps cut off what a crash tore. */
  turnBegun() {
    if (!RECOVERY.hasSubscribers) return;
    const cut = this.#native._cut();
    if (cut !== null) RECOVERY.publish({ dir: this.#dir, ...cut });
  }

  /** A turn has ended; what it has committed, if it has, is there for others. */
  turnEnded({ committed }) {
    if (committed === undefined) return;
    this.#counts.commits++;
    if (!COMMIT.hasSubscribers) return;
    const keys = Array.from(committed.changes.values(), ({ key }) => key);
    COMMIT.publish({ dir: this.#dir, keys, cleared: committed.cleared });
  }

  /** A call no longer waits for locks: it has got them, or has been given up with an error. */
  waited({ keys, shared }, since, error) {
    // Who needs no key but a turn is of this house.
    if (keys?.length === 0) return;
    const duration = timers.now() - since;
    this.#counts.waits++;
    this.#counts.waitTime += duration;
    if (!WAIT.hasSubscribers) return;
    WAIT.publish({ dir: this.#dir, keys, shared, duration, error });
  }

  /** A sync has begun; returns what is to be told how it has ended, if anybody wants to know. */
  syncing() {
    this.#counts.syncs++;
    if (!SYNC.hasSubscribers) return undefined;
    const begun = timers.now();
    return (error) => {
      const duration = timers.now() - begun;
      SYNC.publish({ dir: this.#dir, duration, error: error && fromNative(error) });
    };
  }

  /** A compaction is to begin; resolves as it does: with `false` if another instance is at it. */
  async compacting(compact) {
    const before = COMPACTION.hasSubscribers ? this.#fileBytes() : undefined;
    const begun = timers.now();
    const tell = (error) => {
      if (!COMPACTION.hasSubscribers) return;
      const duration = timers.now() - begun;
      COMPACTION.publish({ dir: this.#dir, before, after: this.#fileBytes(), duration, error });
    };
    try {
      const isDone = await compact();
      if (isDone) {
        this.#counts.compactions++;
        tell();
      }
      return isDone;
    } catch (error) {
      tell(fromNative(error));
      throw error;
    }
  }

  #sizes() {
    return this.#native._sizes();
  }

  #fileBytes() {
    try {
      return this.#sizes().fileBytes;
    } catch {
      // What is wrong with the store is for its calls to say.
      return undefined;
    }
  }
}

module.exports = { Observation };
