'use strict';

// The calls that run while no other turn does: `clear`, calls of more keys than a turn may have locks
// of, and removals by a prefix, whose keys only the server knows. They take W alone, for a moment.
//
// A `clear` first waits until nobody has a lease, by the lock L: new leases wait for it meanwhile.
// Others look for leases of their keys once they have W; if there is one, they let go of W, and wait
// for that key.
//
// They take their place among the other calls of the queue. States of a call: trying (W, and L for a
// `clear`) → running → over; or trying → waiting (a `clear` for L, on a session of its own; another
// call for a key) → trying.

const { noteWaiting } = require('../calls/context');
const { PrefixCall } = require('../calls/prefix-call');
const { runAround } = require('./session');
const { Turn } = require('./turn');
const { TurnRun } = require('./turn-run');
const { rowsOf } = require('./first-trip');
const { keysOf } = require('./turn-keys');
const timers = require('../timers');

/** The time after which a `clear` without a connection to wait on tries again, in milliseconds. */
const PAUSE = 20;

/** The most rows that are read at once. */
const READ_AT_ONCE = 1_000;

const ROLLBACK = { text: 'ROLLBACK' };

class Alone {
  #parts;
  /** The calls of `clear` that wait for L, with their sessions. */
  #waiting = new Map();

  /** @param {object} parts those of the scheduler */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Runs a call. Resolves once it has settled or must wait for others, which holds no turn up. */
  async run(call) {
    const { locks, putBack } = this.#parts;
    if (!isClear(call)) {
      await this.#tryUntilItRan(call, (session) => this.#runLarge(call, session));
      return;
    }
    locks.clearBegun();
    const ended = () => putBack(locks.clearEnded());
    const hasRun = await this.#tryUntilItRan(call, (session) => this.#tryClear(call, session));
    if (hasRun) ended();
    else this.#wait(call).finally(ended);
  }

  /** Tries until an attempt has not failed. Resolves with its result, and with true if it cannot be. */
  async #tryUntilItRan(call, attempt) {
    const { connections, scheduler, limits, deadlines, rejectCall } = this.#parts;
    while (call.isWaiting) {
      let session;
      try {
        session = scheduler.otherSession(await connections.take());
        return await attempt(session);
      } catch (error) {
        if (!limits.mayTryAgain(error)) {
          rejectCall(call, error);
          return true;
        }
        // A call that was given up meanwhile has cancelled its statement.
        if (!call.isWaiting) return true;
        deadlines.watch(call);
        await limits.pause();
      } finally {
        if (session !== undefined) await this.#leave(session);
      }
    }
    return true;
  }

  async #leave(session) {
    const { scheduler } = this.#parts;
    scheduler.sessionBegun();
    await scheduler.serve(session);
  }

  /** Runs a `clear` if there are no leases. Resolves with false if there are. */
  async #tryClear(call, session) {
    const { statements, deadlines } = this.#parts;
    const { connection } = session;
    const results = await connection.run([...connection.begin(), statements.tryExcludeLeases]);
    if (results.at(-1)[0][0] === 't') return this.#clear(call, session);
    await connection.run([ROLLBACK]);
    if (!call.isWaiting) return true;
    deadlines.watch(call);
    noteWaiting(call);
    return false;
  }

  /** Waits until a `clear` can run, and runs it. */
  async #wait(call) {
    const { scheduler } = this.#parts;
    const attempt = (session) => this.#awaitClear(call, session);
    scheduler.sessionBegun();
    while (!(await this.#tryUntilItRan(call, attempt)));
    scheduler.sessionEnded();
  }

  async #awaitClear(call, session) {
    const { statements, scheduler, connections } = this.#parts;
    const { connection } = session;
    // One connection is left for reads: with few of them it tries now and then.
    if (scheduler.isCrowded) {
      await new Promise((resolve) => timers.setTimeout(resolve, PAUSE));
      return call.isWaiting ? this.#tryClear(call, session) : true;
    }
    const waiting = { connection };
    this.#waiting.set(call, waiting);
    try {
      await connection.run([...connection.begin(), statements.excludeLeases]);
      this.#waiting.delete(call);
      if (waiting.cancelled === undefined && call.isWaiting)
        return await this.#clear(call, session);
      return true;
    } finally {
      this.#waiting.delete(call);
      if (waiting.cancelled !== undefined) {
        // A request to cancel its statement may come late, and must not meet another one.
        await waiting.cancelled;
        connections.destroy(connection);
      }
    }
  }

  async #clear(call, session) {
    const { statements } = this.#parts;
    const [[[, , , , number]], found] = await session.connection.run([
      statements.enter({ all: true, writes: true }),
      statements.read([]),
    ]);
    const { now, rows } = rowsOf(found, []);
    const granted = { keyTexts: new Set(), leases: true, noClear: true, number, now, rows };
    await new TurnRun(this.#parts, session, { calls: [call], granted, isAlone: true }).run();
    return true;
  }

  /** Ends the wait of a `clear` that was given up. */
  abandon(call) {
    const waiting = this.#waiting.get(call);
    if (waiting === undefined || waiting.cancelled !== undefined) return;
    const { connections } = this.#parts;
    waiting.cancelled = connections.cancel(waiting.connection.backend).catch(() => {
      connections.destroy(waiting.connection);
    });
  }

  /** Runs another call. Resolves with true: it has run, or waits for a key. */
  async #runLarge(call, session) {
    const { statements, locks } = this.#parts;
    const { connection } = session;
    const asked = { all: true, writes: !call.shared, leases: call.mayLease };
    const begun = [...connection.begin(), statements.enter(asked)];
    const results = await connection.run(begun);
    const [[, , leases, noClear, number]] = results.at(-1);
    const isPrefix = call instanceof PrefixCall;
    let read = isPrefix ? await this.#readPrefix(connection, call.prefix) : undefined;
    const looked = read && new Turn(read.now, read.rows);
    // Those of the last look may be gone, and others there.
    if (isPrefix) call.choose(looked.keysWith(call.prefix));
    if (!locks.admit(call, looked)) return true;
    const wanted = keysOf([call], this.#parts.keys);
    const busy = await this.#busyKey(connection, call, wanted);
    if (busy !== undefined) {
      await connection.run([ROLLBACK]);
      this.#parts.waits.awaitKey(call, busy);
      return true;
    }
    const isFirst = call.madeIn.length === 0;
    if (call.mayLease && (leases !== 't' || (isFirst && noClear !== 't'))) {
      await connection.run([ROLLBACK]);
      // The session of a callback around it has L, which a `clear` waits for: a turn there takes it.
      if (!runAround(call, undefined, session)) this.#parts.waits.awaitClear(call);
      return true;
    }
    read ??= await this.#read(connection, wanted);
    const granted = {
      keyTexts: new Set(),
      leases: leases === 't',
      number: number ?? undefined,
      ...read,
    };
    await new TurnRun(this.#parts, session, { calls: [call], granted, isAlone: true }).run();
    return true;
  }

  /**
   * Finds a key that others lease, by its JSON text. Takes the locks of a view. Others need none,
   * since no turn runs: so many might not fit into the server's table. A callback that leases takes
   * its locks with the commit.
   */
  async #busyKey(connection, { shared }, wanted) {
    const { statements } = this.#parts;
    for (let at = 0; at < wanted.length; at += READ_AT_ONCE) {
      const part = wanted.slice(at, at + READ_AT_ONCE);
      if (shared) {
        const [tried] = await connection.run([
          statements.tryAll(part.map(({ lock }) => [lock, shared])),
        ]);
        const busy = tried.findIndex(([isGranted]) => isGranted !== 't');
        if (busy !== -1) return part[busy].keyText;
      } else {
        const [[found]] = await connection.run([statements.held(part.map(({ lock }) => lock))]);
        if (found !== undefined) return part.find(({ lock }) => lock === found[0]).keyText;
      }
    }
    return undefined;
  }

  async #read(connection, wanted) {
    const { statements } = this.#parts;
    const all = { now: 0, rows: new Map() };
    for (let at = 0; at < wanted.length || at === 0; at += READ_AT_ONCE) {
      const part = wanted.slice(at, at + READ_AT_ONCE);
      const [found] = await connection.run([statements.read(part.map(({ id }) => id))]);
      const { now, rows } = rowsOf(found, part);
      all.now ||= now;
      for (const [key, row] of rows) all.rows.set(key, row);
    }
    return all;
  }

  /** Reads the keys of the items with a prefix, without the values. */
  async #readPrefix(connection, prefix) {
    const { statements, keys } = this.#parts;
    const rows = new Map();
    let now;
    for (let after; ;) {
      const [found] = await connection.run([statements.readPrefix(prefix, after, READ_AT_ONCE)]);
      now ??= Number(found[0][0]);
      for (const [, id, column, expires, version] of found) {
        if (id === null) continue;
        after = id;
        const key = keys.keyOf(id, column);
        if (!key.startsWith(prefix)) continue;
        const moment = expires === null ? undefined : Number(expires);
        rows.set(key, { json: undefined, expires: moment, version });
      }
      if (found.length < READ_AT_ONCE) return { now, rows };
    }
  }
}

function isClear(call) {
  return call.keyTexts === null && !(call instanceof PrefixCall);
}

module.exports = { Alone };
