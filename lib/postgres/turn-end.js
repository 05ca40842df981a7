'use strict';

// The end of a turn, once its calls have run: it stores their changes in one trip, and settles the
// calls.
//
// If the server refuses an item, as by a trigger or a constraint, the calls of other items are stored
// without it: the turn is split in halves until the calls at fault are alone. No callback runs again.
// The locks of the turn, unlike those of leases, go with the transaction that has failed. So each part
// takes its own again; if one is busy by then, its calls reject. What others have changed meanwhile is
// found by the versions.

const { isLost, isOfItem, lockLostError, translate } = require('./errors');
const { CommitTrip, newToken } = require('./commit-trip');
const { byOwner, endLeases, partsOf } = require('./owners');
const { abandon, opening } = require('./transaction');
const { keysOf } = require('./turn-keys');

const NOTHING = () => {};

/** The error of a check by the server's arithmetic: a version, or a lock that is busy. */
const CHECK_FAILED = '22012';

/**
 * The work of a turn that is left.
 *
 * @typedef {object} Rest
 * @property {import('./turn').Turn} turn
 * @property {import('../calls/call').Call[]} ran the calls that have run, and wait for the commit
 * @property {import('../calls/call').Call[]} began those whose leases begin
 * @property {Map<import('../calls/call').Call, import('./session').Lease>} leases those that end
 */

class TurnEnd {
  #parts;
  #session;
  #rest;
  #granted;
  #isPart;
  #token = newToken();

  /**
   * @param {object} parts those of the scheduler
   * @param {import('./session').Session} session
   * @param {Rest} rest
   * @param {object} [how]
   * @param {import('./first-trip').Granted} [how.granted] the answer to the first trip, if there was one
   * @param {boolean} [how.isPart] true if the turn has failed as a whole, and has no locks any more
   */
  constructor(parts, session, rest, { granted, isPart = false } = {}) {
    this.#parts = parts;
    this.#session = session;
    this.#rest = rest;
    this.#granted = granted;
    this.#isPart = isPart;
  }

  /** Stores the changes, and ends the transaction. */
  commit() {
    return this.#parts.changeLog.underWay(this.#commit());
  }

  async #commit() {
    const { connection, leases } = this.#session;
    const { turn } = this.#rest;
    for (const call of this.#rest.leases.keys()) leases.delete(call);
    if (connection.lost !== undefined) return this.#lost(connection.lost);
    const written = turn.written(this.#parts.keys);
    const isEmpty = written.length === 0 && !turn.hasCleared;
    const relocks = this.#relocks(isEmpty);
    if (isEmpty && relocks.length === 0 && !connection.hasTransaction) return this.#committed();
    const mustOpen = this.#granted === undefined && (!isEmpty || relocks.length > 0);
    const open = mustOpen ? opening(this.#session, this.#holdsLeases) : [];
    const trip = new CommitTrip(this.#parts, this.#session, turn, this.#token, this.#granted);
    try {
      await trip.run(written, open, relocks);
    } catch (error) {
      return this.#couldNotCommit(error, written, trip);
    }
    if (!isEmpty && trip.isRecorded) this.#parts.changeLog.committed();
    return this.#committed();
  }

  /** Lists the locks that a part of a failed turn needs: none if it only ends, without a change. */
  #relocks(isEmpty) {
    const { ran, began } = this.#rest;
    if (!this.#isPart || (isEmpty && began.length === 0)) return [];
    for (const call of began) this.#session.lapsed.delete(call);
    return keysOf([...ran, ...began], this.#parts.keys).map(({ lock, isShared }) => [
      lock,
      isShared,
    ]);
  }

  get #holdsLeases() {
    return this.#session.locksWith([...this.#rest.leases.values()]).length > 0;
  }

  #committed() {
    const { turn, ran, began } = this.#rest;
    for (const call of began) {
      const lease = this.#session.leases.get(call);
      for (const key of call.keys) lease?.rows.set(key, turn.rowAfter(key, this.#token));
    }
    turn.committed();
    for (const call of ran) call.committed();
    this.#endLeases();
    for (const [{ completions }, calls] of byOwner(ran)) {
      completions.acknowledge(calls, NOTHING);
    }
    this.#parts.observation.turnEnded(turn);
  }

  async #couldNotCommit(error, written, trip) {
    const { connection } = this.#session;
    if (trip.isCommitted) {
      // The locks of the leases could not be taken again.
      this.#parts.connections.destroy(connection);
      return this.#committed();
    }
    if (isLost(error) || connection.lost !== undefined)
      return this.#lost(error, written, trip.number);
    const groups = isOfItem(error) ? groupsOf(this.#calls) : [];
    if (groups.length > 1) {
      for (const call of this.#rest.began) this.#session.lapsed.add(call);
      // The leases that end with the turn have their locks until their parts are stored.
      for (const [call, lease] of this.#rest.leases) this.#session.leases.set(call, lease);
      await abandon(this.#parts, this.#session, this.#session.locks);
      return this.#commitHalves(groups);
    }
    const key = this.#rest.ran[0]?.keys?.[0];
    const isCheck = error.code === CHECK_FAILED;
    const translated = isCheck ? lockLostError(key, error) : translate(error, key);
    this.#refuseLeases(translated);
    await abandon(this.#parts, this.#session, this.#session.locks);
    return this.reject(translated);
  }

  get #calls() {
    const { ran, began, leases } = this.#rest;
    return [...new Set([...ran, ...began, ...leases.keys()])];
  }

  async #commitHalves(groups) {
    const middle = groups.length >> 1;
    for (const half of [groups.slice(0, middle), groups.slice(middle)]) {
      await new TurnEnd(this.#parts, this.#session, this.#part(half.flat()), {
        isPart: true,
      }).commit();
    }
  }

  /** Takes the work of some calls alone. */
  #part(calls) {
    const { turn, ran, began, leases } = this.#rest;
    const chosen = new Set(calls);
    const isChosen = (call) => chosen.has(call);
    return {
      turn: turn.part(calls.flatMap((call) => call.keys)),
      ran: ran.filter(isChosen),
      began: began.filter(isChosen),
      leases: new Map([...leases].filter(([call]) => isChosen(call))),
    };
  }

  /**
   * Rejects the calls whose leases would have begun. Their callbacks may have ended already, or end at
   * any time from now on: no later turn must take them for leases of the session.
   */
  #refuseLeases(error) {
    const { began } = this.#rest;
    const ended = this.#session.dropLeases(began);
    for (const call of began) partsOf(call).completions.fail(call, error);
    endLeases(ended);
  }

  /** Finds out if the changes were stored although the connection was lost. */
  async #lost(error, written = [], number = undefined) {
    const { outcomes } = this.#parts;
    const { turn, ran } = this.#rest;
    const isStored =
      written.length > 0 || turn.hasCleared
        ? await outcomes.find({
            error,
            written,
            hasCleared: turn.hasCleared,
            token: this.#token,
            number,
            connection: this.#session.connection,
          })
        : 'aborted';
    if (isStored === 'committed') {
      this.#parts.changeLog.found(number);
      return this.#committed();
    }
    return this.reject(outcomes.errorOf(isStored, ran[0]?.keys?.[0], error));
  }

  /** Rejects the calls of a turn that has stored nothing, as far as it is known. */
  reject(error) {
    const { ran, began } = this.#rest;
    for (const call of [...ran, ...began]) partsOf(call).completions.fail(call, error);
    this.#endLeases();
  }

  /** Lets the calls try that waited for the leases that have ended. */
  #endLeases() {
    endLeases([...this.#rest.leases.keys()], this.#parts);
  }
}

/**
 * Groups calls by their keys: a call may depend on the changes of earlier ones of the same keys. Calls
 * of all keys are one group with all others.
 */
function groupsOf(calls) {
  if (calls.some(({ keyTexts }) => keyTexts === null)) return [calls];
  const groups = new Set();
  const groupOf = new Map();
  for (const call of calls) {
    const found = new Set(call.keyTexts.map((keyText) => groupOf.get(keyText)));
    found.delete(undefined);
    const [group = { calls: [], keyTexts: new Set() }, ...others] = found;
    for (const each of [...others, { calls: [call], keyTexts: call.keyTexts }]) {
      groups.delete(each);
      group.calls.push(...each.calls);
      for (const keyText of each.keyTexts) {
        group.keyTexts.add(keyText);
        groupOf.set(keyText, group);
      }
    }
    groups.add(group);
  }
  return [...groups].map((group) => group.calls);
}

module.exports = { TurnEnd };
