'use strict';

// The locks of calls over PostgreSQL, as this instance sees them: its own leases, the keys for which
// it waits, and a `clear` that comes before new leases. The server is asked in each turn.

const { Locks } = require('../calls/locks');

class PostgresLocks extends Locks {
  #waits;
  /** The number of calls of `clear` that run, or wait for the leases of others. */
  #clears = 0;
  /** True while a `clear` of another instance comes before new leases. */
  #isClearElsewhere = false;

  /** @param {import('./waits').Waits} waits */
  connect(waits) {
    this.#waits = waits;
  }

  /** Notes that a `clear` of this instance no longer waits here. */
  clearBegun() {
    this.#clears++;
    this.#update();
  }

  /** Notes that such a `clear` has ended. Returns the lists of calls that waited for it. */
  clearEnded() {
    this.#clears--;
    this.#update();
    return this.grantedAll();
  }

  /** Notes that another instance has a `clear`, or has none any more. */
  clearIsElsewhere(isElsewhere) {
    this.#isClearElsewhere = isElsewhere;
    this.#update();
  }

  #update() {
    this.beginTurn(this.#clears > 0 || this.#isClearElsewhere);
  }

  takesLease() {
    return this.#clears === 0 && !this.#isClearElsewhere;
  }

  abandonWait(keyText) {
    this.#waits.abandon(keyText);
  }

  abandonWaitForAll() {
    this.#waits.abandonClear();
  }
}

module.exports = { PostgresLocks };
