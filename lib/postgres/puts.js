'use strict';

// Plain sets in one trip: they take their locks, store their items and commit, without reading. An
// item whose key is busy is left to a call of its own, which waits for that key.

const { newToken } = require('./commit-trip');
const { isLost, translate } = require('./errors');
const { Puts } = require('../calls/puts');

const NOTHING = () => {};
/** A turn for calls whose changes are stored already. */
const STORED = { change: NOTHING };

class PutsRun {
  #parts;

  /** @param {object} parts those of the scheduler */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Stores the items of calls. Resolves with the error of an attempt that can be made again: the
   * calls are back in the queue then.
   *
   * @param {import('./session').Session} session
   * @param {Puts[]} calls
   */
  async run(session, calls) {
    const { statements, writes, keys, changeLog, putBack, limits } = this.#parts;
    const { connection } = session;
    const token = newToken();
    const items = new Map();
    for (const call of calls) for (const item of call.items) items.set(item.key, item);
    if (items.size === 0) {
      this.#committed(calls, new Set());
      return undefined;
    }
    const written = Array.from(items.values(), ({ key, json, expires }) => {
      return { id: keys.idOf(key), column: keys.columnOf(key), json, expires };
    });
    const locks = Array.from(items.keys(), (key) => keys.lockOf(key));
    let number;
    const got = ([[, , , , found]]) => {
      number = found;
    };
    /** The ids of the items whose locks others have, once the server has told. */
    let missed;
    const stored = (rows) => {
      missed = new Set(rows.filter(([id]) => id !== null).map(([id]) => id));
      changeLog.recorded(rows.find(([id]) => id === null)?.[1]);
    };
    try {
      await connection.run([
        ...connection.begin(),
        { ...statements.enter({ writes: true }), flush: true, got },
        // In a statement after the one that gives the number: it sees all who have registered before.
        { ...writes.setUnlocked(locks, written, token, changeLog), got: stored },
        { name: 'pl_commit', text: 'COMMIT' },
      ]);
    } catch (error) {
      const sent = missed === undefined ? written : written.filter(({ id }) => !missed.has(id));
      const outcome = await this.#outcome(session, error, { written: sent, token, number });
      if (outcome === 'aborted' && limits.mayTryAgain(error)) {
        putBack(calls);
        return error;
      }
      if (outcome !== 'committed') {
        this.#reject(calls, outcome, error);
        return undefined;
      }
      if (missed === undefined) {
        await this.#settleStored(calls, written, token, error);
        return undefined;
      }
    }
    this.#committed(calls, missed);
    return undefined;
  }

  /**
   * Settles the calls of a commit whose answer was lost before it told which items it has stored. It
   * is not known if an item that is not there was left out, or replaced since.
   */
  async #settleStored(calls, written, token, error) {
    const { outcomes, keys } = this.#parts;
    const ids = written.map(({ id }) => id);
    const stored = await outcomes.storedOf(ids, token);
    const isStored = (call) => call.keys.every((key) => stored.has(keys.idOf(key)));
    this.#committed(calls.filter(isStored), new Set());
    this.#reject(
      calls.filter((call) => !isStored(call)),
      'unknown',
      error,
    );
  }

  /** Finds out if the items are stored although the trip has failed. */
  async #outcome({ connection }, error, sent) {
    if (isLost(error) || connection.lost !== undefined) {
      return this.#parts.outcomes.find({ ...sent, error, hasCleared: false, connection });
    }
    try {
      await connection.run([{ text: 'ROLLBACK' }]);
    } catch {
      this.#parts.connections.destroy(connection);
    }
    return 'aborted';
  }

  #reject(calls, outcome, error) {
    const { completions, outcomes } = this.#parts;
    for (const call of calls) {
      const [key] = call.keys;
      const isKnown = outcome === 'aborted' && !isLost(error);
      completions.fail(
        call,
        isKnown ? translate(error, key) : outcomes.errorOf(outcome, key, error),
      );
    }
  }

  #committed(calls, missed) {
    const { keys, changeLog, completions, observation, waits } = this.#parts;
    const changes = new Map();
    const stored = [];
    for (const call of calls) {
      const busy = missed.size === 0 ? [] : call.keys.filter((key) => missed.has(keys.idOf(key)));
      const keyTexts = busy.map((key) => JSON.stringify(key));
      if (keyTexts.length > 0 && !call.isBatch) {
        waits.awaitKey(call, keyTexts[0]);
        continue;
      }
      this.split(call, new Set(keyTexts));
      for (const item of call.items) changes.set(item.key, item);
      call.start(STORED);
      call.committed();
      stored.push(call);
    }
    changeLog.committed();
    completions.acknowledge(stored, NOTHING);
    if (changes.size > 0) observation.turnEnded({ commit: { changes, cleared: false } });
  }

  /** Lets the items whose keys calls of this instance have, or wait for, wait too. */
  splitTaken(call) {
    const { locks } = this.#parts;
    if (locks.areAllFree) return;
    const taken = call.keyTexts.filter((keyText) => !locks.isFreeFor(call, keyText));
    this.split(call, new Set(taken));
  }

  /** Lets the items of busy keys wait, each for its own key, while the others are stored. */
  split(call, keyTexts) {
    if (keyTexts.size === 0) return;
    const { waits, completions, locks } = this.#parts;
    const byKey = new Map();
    for (const item of call.leave(keyTexts)) {
      const keyText = JSON.stringify(item.key);
      if (!byKey.has(keyText)) byKey.set(keyText, []);
      byKey.get(keyText).push(item);
    }
    const promises = [];
    for (const [keyText, items] of byKey) {
      const part = new Puts({ timeout: call.timeout });
      for (const item of items) part.add(item);
      part.owner = call.owner;
      part.order = call.order;
      promises.push(part.promise());
      completions.expect();
      // A key that a call of this instance has is not waited for on the server.
      if (locks.isFreeFor(part, keyText)) waits.awaitKey(part, keyText);
      else locks.admit(part);
    }
    const all = Promise.all(promises).then(NOTHING);
    // It is handled once the call has settled.
    all.catch(NOTHING);
    call.awaitOthers(all);
  }
}

module.exports = { PutsRun };
