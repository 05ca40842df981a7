'use strict';

// The counts of an instance's work, and messages about it on `node:diagnostics_channel`, whichever engine it has.
//
// Those that do the work call its methods; it decides nothing. It makes no message that nobody listens for.

const { channel } = require('node:diagnostics_channel');
const timers = require('./timers');

const COMMIT = channel('persist-lock:commit');
const SYNC = channel('persist-lock:sync');
const WAIT = channel('persist-lock:wait');
const RECOVERY = channel('persist-lock:recovery');
const COMPACTION = channel('persist-lock:compaction');

class Observation {
  #dir;
  #counts = { commits: 0, syncs: 0, compactions: 0, waits: 0, waitTime: 0 };

  constructor(dir) {
    this.#dir = dir;
  }

  /** The work of this instance up to now, for `stats()`. */
  get counts() {
    return { ...this.#counts };
  }

  /**
   * Notes that a turn has begun, which may have cut off what a crash left half written.
   *
   * @param {() => object | null} findCut describes the cut
   */
  turnBegun(findCut) {
    if (!RECOVERY.hasSubscribers) return;
    const cut = findCut();
    if (cut !== null) RECOVERY.publish({ dir: this.#dir, ...cut });
  }

  /** True if somebody listens to the keys that commits change. */
  get tellsKeys() {
    return COMMIT.hasSubscribers;
  }

  /** Notes that a turn has ended. Others can read its changes, if it has committed any. */
  turnEnded({ commit }) {
    if (commit === undefined) return;
    this.#counts.commits++;
    if (!COMMIT.hasSubscribers) return;
    const keys = Array.from(commit.changes.values(), ({ key }) => key);
    COMMIT.publish({ dir: this.#dir, keys, cleared: commit.cleared });
  }

  /** Notes that a call no longer waits for locks: it has them, or was given up with an error. */
  waited({ keys, shared }, since, error) {
    // A call that needs no key is the engine's own.
    if (keys?.length === 0) return;
    const duration = timers.now() - since;
    this.#counts.waits++;
    this.#counts.waitTime += duration;
    if (!WAIT.hasSubscribers) return;
    // A copy: a call whose keys a subscriber changes would work on keys whose locks it does not have.
    WAIT.publish({ dir: this.#dir, keys: keys && [...keys], shared, duration, error });
  }

  /** Notes that a sync begins. Returns the function to call at its end, if anybody listens. */
  syncing() {
    this.#counts.syncs++;
    if (!SYNC.hasSubscribers) return undefined;
    const begun = timers.now();
    return (error) => this.#publishSync(begun, error);
  }

  /** Notes that a sync on the calling thread has ended. `begun` is the time at which it began. */
  synced(begun, error) {
    this.#counts.syncs++;
    if (SYNC.hasSubscribers) this.#publishSync(begun, error);
  }

  #publishSync(begun, error) {
    SYNC.publish({ dir: this.#dir, duration: timers.now() - begun, error });
  }

  /**
   * Notes that a compaction begins. Returns the function to call at its end, with the error if it failed.
   *
   * @param {() => number | undefined} measure gives the size of what is compacted, in bytes
   */
  compacting(measure) {
    const before = COMPACTION.hasSubscribers ? measure() : undefined;
    const begun = timers.now();
    return (error) => {
      if (error === undefined) this.#counts.compactions++;
      if (!COMPACTION.hasSubscribers) return;
      const duration = timers.now() - begun;
      COMPACTION.publish({ dir: this.#dir, before, after: measure(), duration, error });
    };
  }
}

module.exports = { Observation };
