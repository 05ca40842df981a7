'use strict';

// Plain sets in one trip: they take their locks, store their items and commit, without reading. An
// item whose key is busy is left to a call of its own, which waits for that key.

const { newToken } = require('./commit-trip');
const { isLost, isOfItem, translate } = require('./errors');
const { Puts } = require('../calls/puts');

const NOTHING = () => {};
/** A turn for calls whose changes are stored already. */
const STORED = { change: NOTHING };

class PutsRun {
  #parts;
  /** The rows of a call that comes soon, made while the server stores those of another. */
  #next = { items: undefined, rows: undefined };

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
  run(session, calls) {
    return this.#parts.changeLog.underWay(this.#store(session, calls));
  }

  async #store(session, calls) {
    const { statements, writes, changeLog, putBack, limits } = this.#parts;
    const { connection } = session;
    const token = newToken();
    const items = calls.length === 1 ? calls[0].items : calls.flatMap((call) => call.items);
    if (items.length === 0) {
      this.#committed(calls, new Set());
      return undefined;
    }
    const rows = this.#next.items === items ? this.#next.rows : this.#rowsOf(items);
    const written = rows.changes;
    let number;
    const got = ([[, , , , found]]) => {
      number = found;
    };
    /** The ids of the items whose locks others have, once the server has told. */
    let missed;
    const stored = (found) => {
      missed = new Set(found.filter(([id]) => id !== null).map(([id]) => id));
      changeLog.recorded(found.find(([id]) => id === null)?.[1]);
    };
    try {
      const running = connection.run([
        ...connection.begin(),
        { ...statements.enter({ writes: true }), flush: true, got },
        // In a statement after the one that gives the number: it sees all who have registered before.
        { ...writes.setUnlocked(rows, token, changeLog), got: stored },
        { name: 'pl_commit', text: 'COMMIT' },
      ]);
      this.#prepareNext();
      await running;
    } catch (error) {
      const sent = missed === undefined ? written : written.filter(({ id }) => !missed.has(id));
      const outcome = await this.#outcome(session, error, { written: sent, token, number });
      if (outcome === 'aborted' && limits.mayTryAgain(error)) {
        putBack(calls);
        return error;
      }
      if (outcome === 'aborted' && calls.length > 1 && isOfItem(error)) {
        return this.#runEach(session, calls);
      }
      if (outcome !== 'committed') {
        this.#reject(calls, outcome, error);
        return undefined;
      }
      if (missed === undefined) {
        changeLog.found(number);
        await this.#settleStored(calls, written, token, error);
        return undefined;
      }
    }
    this.#committed(calls, missed);
    return undefined;
  }

  /** Stores the items of each call by themselves: the server has refused one of them. */
  async #runEach(session, calls) {
    for (const [at, call] of calls.entries()) {
      const failure = session.connection.lost ?? (await this.run(session, [call]));
      if (failure === undefined) continue;
      this.#parts.putBack(calls.slice(at).filter(({ isWaiting }) => isWaiting));
      return failure;
    }
    return undefined;
  }

  /** Makes the rows of items: of several with one key, that of the last. */
  #rowsOf(items) {
    const { writes, keys } = this.#parts;
    const last = new Map(items.map((item) => [item.key, item]));
    const locks = [];
    const changes = Array.from(last.values(), ({ key, json, expires }) => {
      locks.push(keys.lockOf(key));
      return { id: keys.idOf(key), column: keys.columnOf(key), json, expires };
    });
    return writes.prepareUnlocked(changes, locks);
  }

  /**
   * Makes the rows of the next call, if it is full: no set joins it any more. If some of its items are
   * left to other calls meanwhile, it has another array of items, and these rows are not used.
   */
  #prepareNext() {
    const { first } = this.#parts.queue;
    const isNext = first instanceof Puts && first.isFull;
    this.#next = isNext
      ? { items: first.items, rows: this.#rowsOf(first.items) }
      : { items: undefined, rows: undefined };
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
