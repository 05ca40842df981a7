'use strict';

// The calls that run while no other turn does: `clear`, calls of more keys than a turn may have locks
// of, and removals by a prefix, whose keys only the server knows. They take W alone, for a moment.
//
// A `clear` first waits until nobody has a lease, by the lock L: new leases wait for it meanwhile.
// Others look for leases of their keys once they have W; if there is one, they let go of W, and wait
// for that key.
//
// They run one after the other. States of a call: waiting (for L) → entering (W) → running → over.

const { PrefixCall } = require('../calls/prefix-call');
const { Session } = require('./session');
const { Turn } = require('./turn');
const { TurnRun, rowsOf } = require('./turn-run');
const { keysOf } = require('./turn-keys');
const timers = require('../timers');

/** The time after which a `clear` without a connection to wait on tries again, in milliseconds. */
const PAUSE = 20;

/** The most rows that are read at once. */
const READ_AT_ONCE = 1_000;

const ROLLBACK = { text: 'ROLLBACK' };

class Alone {
  #parts;
  #calls = [];
  #isRunning = false;
  /** The `clear` that waits for L, with its connection. */
  #waiting;

  /** @param {object} parts those of the scheduler */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Runs a call after those submitted before. */
  submit(call) {
    if (call.keyTexts === null && !(call instanceof PrefixCall)) this.#parts.locks.clearBegun();
    this.#calls.push(call);
    if (!this.#isRunning) this.#run();
  }

  async #run() {
    this.#isRunning = true;
    this.#parts.scheduler.sessionBegun();
    for (let call; (call = this.#calls.shift()) !== undefined;) await this.#runCall(call);
    this.#isRunning = false;
    this.#parts.scheduler.sessionEnded();
  }

  async #runCall(call) {
    const { connections, scheduler, limits, deadlines, rejectCall, locks, putBack } = this.#parts;
    const isClear = call.keyTexts === null && !(call instanceof PrefixCall);
    try {
      while (call.isWaiting) {
        let session;
        try {
          session = new Session(await connections.take());
          const isOver = await (isClear
            ? this.#clear(call, session)
            : this.#runLarge(call, session));
          limits.succeeded();
          if (isOver) break;
        } catch (error) {
          if (!limits.mayTryAgain(error)) {
            rejectCall(call, error);
            break;
          }
          deadlines.watch(call);
          await limits.pause();
        } finally {
          if (session !== undefined) await this.#leave(session);
        }
      }
    } finally {
      if (isClear) putBack(locks.clearEnded());
      scheduler.wake();
    }
  }

  async #leave(session) {
    const { scheduler, connections } = this.#parts;
    if (this.#waiting?.cancelled !== undefined) {
      await this.#waiting.cancelled;
      connections.destroy(session.connection);
    }
    this.#waiting = undefined;
    scheduler.sessionBegun();
    await scheduler.serve(session);
  }

  /** Runs a `clear`. Resolves with false if it must try again. */
  async #clear(call, session) {
    const { statements, deadlines, scheduler } = this.#parts;
    const { connection } = session;
    const results = await connection.run([...connection.begin(), statements.tryExcludeLeases]);
    if (results.at(-1)[0][0] !== 't') {
      deadlines.watch(call);
      if (!call.isWaiting) return true;
      if (!scheduler.hasRoom) {
        await connection.run([ROLLBACK]);
        await new Promise((resolve) => timers.setTimeout(resolve, PAUSE));
        return false;
      }
      this.#waiting = { call, connection };
      await connection.run([statements.excludeLeases]);
      if (!call.isWaiting) return true;
    }
    const [[[, , , number]], found] = await connection.run([
      statements.enter({ all: true, writes: true }),
      statements.read([]),
    ]);
    const granted = { keyTexts: new Set(), leases: true, number, ...rowsOf(found, []) };
    await new TurnRun(this.#parts, session, { calls: [call], granted, isAlone: true }).run();
    return true;
  }

  /** Ends the wait of a `clear` that was given up. */
  abandon(call) {
    const waiting = this.#waiting;
    if (waiting?.call !== call || waiting.cancelled !== undefined) return;
    const { connections } = this.#parts;
    waiting.cancelled = connections.cancel(waiting.connection.backend).catch(() => {
      connections.destroy(waiting.connection);
    });
  }

  /** Runs another call. Resolves with true: it has run, or waits for a key. */
  async #runLarge(call, session) {
    const { statements, locks, scheduler } = this.#parts;
    const { connection } = session;
    const asked = { all: true, writes: !call.shared, leases: call.mayLease };
    const begun = [...connection.begin(), statements.enter(asked)];
    const results = await connection.run(begun);
    const [[, , leases, number]] = results.at(-1);
    const isPrefix = call instanceof PrefixCall;
    let read = isPrefix ? await this.#readPrefix(connection, call.prefix) : undefined;
    if (!locks.admit(call, read && new Turn(read.now, read.rows))) return true;
    if (isPrefix && call.isUnknown)
      call.choose(new Turn(read.now, read.rows).keysWith(call.prefix));
    const wanted = keysOf([call], this.#parts.keys);
    const busy = await this.#busyKey(connection, call, wanted);
    if (busy !== undefined) {
      await connection.run([ROLLBACK]);
      if (!scheduler.runAround(call, session)) this.#parts.waits.awaitKey(call, busy);
      return true;
    }
    if (call.mayLease && leases !== 't') {
      await connection.run([ROLLBACK]);
      this.#parts.waits.awaitClear(call);
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
   * Finds a key that others lease, by its JSON text. Takes the locks of a call that may lease; others
   * need none, since no turn runs.
   */
  async #busyKey(connection, { mayLease, shared }, wanted) {
    const { statements } = this.#parts;
    for (let at = 0; at < wanted.length; at += READ_AT_ONCE) {
      const part = wanted.slice(at, at + READ_AT_ONCE);
      if (mayLease) {
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

module.exports = { Alone };
