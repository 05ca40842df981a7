'use strict';

// The waits for keys that other sessions have. A waiting session has a place in the server's queue,
// which is fair among processes. It waits for one key, and has no other lock meanwhile: so waiting
// sessions cannot wait for each other, and W stays free for calls that need it alone.
//
// States of a wait: pausing (there is no connection for it; its calls try again after some
// milliseconds) or connecting → waiting → granted (the first calls run on its session), and from any
// of them abandoned.

const { rowsOf } = require('./first-trip');
const { keysOf } = require('./turn-keys');
const timers = require('../timers');

/** The time after which calls without a waiting connection try again, in milliseconds. */
const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 40;

/** The time for which a key that was busy is waited for without a try before, in milliseconds. */
const BUSY_TIME = 200;
/** The number of such keys from which outdated ones are forgotten. */
const MANY = 1_000;

/** The code of the server's error if W was not granted at once. */
const NOT_AT_ONCE = '22012';

/** The subject of the wait until a `clear` of another instance has ended. */
const CLEAR = Symbol('clear');

class Wait {
  /** The key's JSON text, or CLEAR. */
  subject;
  /** `'pausing'`, `'connecting'`, `'waiting'`, `'granted'` or `'abandoned'`. */
  state;
  timer;
  connection;
  /** The request to cancel its statement, once there is one. @type {Promise<unknown> | undefined} */
  cancelled;

  constructor(subject, state) {
    this.subject = subject;
    this.state = state;
  }

  get isAbandoned() {
    return this.state === 'abandoned';
  }
}

class Waits {
  #parts;
  /** @type {Map<string | symbol, Wait>} */
  #waits = new Map();
  /** The keys that were busy, with the time until which they are taken for busy. */
  #busyUntil = new Map();

  /** @param {object} parts those of the scheduler */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Parks a call until another session has let go of a key, which a try has found busy. */
  awaitKey(call, keyText) {
    this.#noteBusy(keyText);
    this.awaitLikelyKey(call, keyText);
  }

  /** Parks a call until it has a key that nobody has tried. */
  awaitLikelyKey(call, keyText) {
    this.#parts.locks.awaitKey(call, keyText);
    this.#begin(keyText);
  }

  /** Parks a call that may lease until a `clear` of another instance has ended. */
  awaitClear(call) {
    const { locks } = this.#parts;
    locks.clearIsElsewhere(true);
    locks.awaitClear(call);
    this.#begin(CLEAR);
  }

  #noteBusy(keyText) {
    const now = timers.now();
    if (this.#busyUntil.size > MANY) {
      for (const [key, until] of this.#busyUntil) if (until < now) this.#busyUntil.delete(key);
    }
    this.#busyUntil.set(keyText, now + BUSY_TIME);
  }

  /** Returns true if a key was busy a moment ago, and a connection can wait for it. */
  isLikelyBusy(keyText) {
    const until = this.#busyUntil.get(keyText);
    if (until === undefined) return false;
    if (until > timers.now()) return this.#parts.scheduler.hasRoom;
    this.#busyUntil.delete(keyText);
    return false;
  }

  #begin(subject) {
    if (this.#waits.has(subject)) return;
    const { hasRoom } = this.#parts.scheduler;
    const wait = new Wait(subject, hasRoom ? 'connecting' : 'pausing');
    this.#waits.set(subject, wait);
    if (hasRoom) this.#wait(wait);
    else this.#pause(wait);
  }

  #pause(wait) {
    const time = SHORTEST_PAUSE + Math.random() * (LONGEST_PAUSE - SHORTEST_PAUSE);
    wait.state = 'pausing';
    wait.timer = timers.setTimeout(() => this.#end(wait), time);
  }

  /** Lets the calls of a wait try. */
  #end(wait) {
    const { locks, putBack } = this.#parts;
    if (this.#waits.get(wait.subject) !== wait) return;
    this.#waits.delete(wait.subject);
    if (wait.subject !== CLEAR) {
      putBack(locks.granted(wait.subject));
      return;
    }
    locks.clearIsElsewhere(false);
    putBack(locks.grantedAll());
  }

  async #wait(wait) {
    const { connections, scheduler } = this.#parts;
    scheduler.sessionBegun();
    let session;
    try {
      wait.connection = await connections.take();
      session = scheduler.otherSession(wait.connection);
      if (!wait.isAbandoned) await this.#waitOn(wait, session);
    } catch (error) {
      this.#failed(wait, error);
    } finally {
      // Calls that came meanwhile try again, unless the key is leased.
      if (wait.state !== 'pausing') this.#end(wait);
      await this.#leave(wait, session);
    }
  }

  /** Gives the session back, or keeps it for its leases. */
  async #leave(wait, session) {
    const { scheduler, connections } = this.#parts;
    if (session === undefined) return scheduler.sessionEnded();
    if (wait.cancelled === undefined) return scheduler.serve(session);
    // A request to cancel its statement may come late, and must not meet another one.
    await wait.cancelled;
    connections.destroy(session.connection);
    return scheduler.sessionEnded();
  }

  async #waitOn(wait, session) {
    const { statements, locks, scheduler } = this.#parts;
    const { connection } = session;
    wait.state = 'waiting';
    if (wait.subject === CLEAR) {
      await connection.run([...connection.begin(), statements.awaitClear]);
      if (!wait.isAbandoned) await connection.run([{ text: 'ROLLBACK' }]);
      return;
    }
    const first = locks.listOf(wait.subject)?.first;
    if (first === undefined) return;
    const granted = await this.#ask(session, wait.subject, first).catch(async (error) => {
      if (error.code !== NOT_AT_ONCE) throw error;
      await connection.run([{ text: 'ROLLBACK' }]);
    });
    if (wait.isAbandoned) return;
    if (granted === undefined) {
      // Its calls wait for W in a turn, and then try the key.
      this.#busyUntil.delete(wait.subject);
      return;
    }
    wait.state = 'granted';
    await scheduler.runGranted(session, wait.subject, granted);
  }

  async #ask({ connection }, keyText, { shared }) {
    const { statements, keys } = this.#parts;
    const key = JSON.parse(keyText);
    const wanted = keysOf([{ shared, keyTexts: [keyText], keys: [key] }], keys);
    const [{ lock, id }] = wanted;
    const begin = connection.begin();
    const results = await connection.run([
      ...begin,
      statements.await([lock, shared]),
      // A call that has W alone may need the key: so this session must not wait for W while it has it.
      statements.enter({ leases: true, writes: !shared, atOnce: true }),
      statements.read([id]),
    ]);
    const [[, , leases, noClear, number]] = results[begin.length + 1];
    return {
      keyTexts: new Set([keyText]),
      isShared: shared,
      leases: leases === 't',
      noClear: noClear === 't',
      number: number ?? undefined,
      ...rowsOf(results.at(-1), wanted),
    };
  }

  /** Lets the calls try again after a pause, or rejects them with the error. */
  #failed(wait, error) {
    const { limits, locks, rejectList } = this.#parts;
    if (wait.isAbandoned) return;
    if (limits.mayTryAgain(error)) {
      this.#pause(wait);
      return;
    }
    if (wait.subject !== CLEAR) rejectList(locks.listOf(wait.subject), error);
  }

  /** Ends the wait for a key that no call waits for any more. */
  abandon(keyText) {
    this.#abandon(this.#waits.get(keyText));
  }

  /** Ends the wait for the end of a `clear`. */
  abandonClear() {
    if (!this.#waits.has(CLEAR)) return;
    this.#parts.locks.clearIsElsewhere(false);
    this.#abandon(this.#waits.get(CLEAR));
  }

  #abandon(wait) {
    // A granted one ends by itself.
    if (wait === undefined || wait.state === 'granted') return;
    this.#waits.delete(wait.subject);
    timers.clearTimeout(wait.timer);
    const { state } = wait;
    wait.state = 'abandoned';
    if (state !== 'waiting') return;
    const { connections } = this.#parts;
    wait.cancelled = connections.cancel(wait.connection.backend).catch(() => {
      connections.destroy(wait.connection);
    });
  }
}

module.exports = { Waits };
