'use strict';

// The calls that need locks, over PostgreSQL: puts the parts together that run them.

const { Alone } = require('./alone');
const { Completions } = require('../calls/completions');
const { Deadlines } = require('../calls/deadlines');
const { translate } = require('./errors');
const { abortReason, timeoutError } = require('../errors');
const { Limits, MOST_KEYS } = require('./limits');
const { holderOf } = require('./lock-list');
const { PostgresLocks } = require('./locks');
const { Outcomes } = require('./outcomes');
const { PutsRun } = require('./puts');
const { Queue } = require('../calls/queue');
const { Scheduler } = require('./scheduler');
const { sessionOf } = require('./session');
const { Statements } = require('./statements');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');
const { Waits } = require('./waits');
const { Writer } = require('../calls/writer');
const { Writes } = require('./writes');

const NOTHING = () => {};

/**
 * The time for which commits may follow on each other before the event loop gets its turn, in
 * milliseconds.
 */
const BUDGET = 4;

/** The longest time for which the holder of a lock is looked up, in milliseconds. */
const LOOK_TIME = 1_000;

class PostgresWriter extends Writer {
  #parts;

  /** @param {object} context the parts of the engine */
  constructor({ connections, lifecycle, changeLog, observation, options, names, keys }) {
    const deadlines = new Deadlines((call, signal) => this.#giveUp(call, signal), observation);
    const locks = new PostgresLocks(deadlines);
    const queue = new Queue();
    // Commits are durable when the server has answered.
    const slice = new TimeSlice(BUDGET);
    const durable = { acknowledge: (done) => slice.goOn(done) };
    // Errors of the server are translated where they are caught: one of a callback stays as it is.
    const completions = new Completions(durable, deadlines, NOTHING, (error) => error);
    const parts = {
      connections,
      lifecycle,
      changeLog,
      observation,
      keys,
      queue,
      locks,
      deadlines,
      completions,
      statements: new Statements(names, keys),
      writes: new Writes(names),
      outcomes: new Outcomes({ connections, names }),
      limits: new Limits(),
    };
    const scheduler = new Scheduler(parts);
    super({
      lifecycle,
      queue,
      locks,
      deadlines,
      completions,
      turns: scheduler,
      lockTimeout: options.lockTimeout,
      mostPuts: MOST_KEYS,
    });
    this.#parts = parts;
    parts.scheduler = scheduler;
    parts.waits = new Waits(parts);
    parts.alone = new Alone(parts);
    parts.puts = new PutsRun(parts);
    parts.lease = (call, suspended) => this.lease(call, suspended);
    parts.putBack = this.putBack;
    parts.rejectQueue = (error) => this.rejectQueue(error);
    parts.rejectCall = (call, error) => this.#rejectCall(call, error);
    parts.rejectList = (list, error) => this.#rejectList(list, error);
    locks.connect(parts.waits);
  }

  /** Resolves when all calls have settled, and no session is in use. */
  async finish() {
    await this.#parts.completions.finish();
    await this.#parts.scheduler.finish();
  }

  /** The parts that sessions need to run its calls. */
  get parts() {
    return this.#parts;
  }

  /** Lets the session that has a call's lease store its result. */
  returns(call) {
    const session = sessionOf(call);
    session.finishing.push(call);
    session.scheduler.wakeSession(session);
  }

  letGo(call) {
    const session = sessionOf(call);
    if (session === undefined) {
      super.letGo(call);
      return;
    }
    session.ending.push(call);
    session.scheduler.wakeSession(session);
  }

  end(call, error) {
    super.end(call, error);
    this.#parts.alone.abandon(call);
  }

  #rejectCall(call, error) {
    this.#parts.completions.fail(call, translate(error, call.keys?.[0]));
  }

  /** Rejects the calls of a list, whose lock cannot be waited for. */
  #rejectList(list, error) {
    while (list?.first !== undefined) this.#rejectCall(list.take(), error);
  }

  /** Ends a call that has waited too long, or was aborted. */
  #giveUp(call, signal) {
    if (signal !== undefined) {
      this.end(call, abortReason(signal));
      return;
    }
    const { locks, deadlines } = this.#parts;
    const { holder, of, lock } = locks.obstacleOf(call);
    // No turn may run it while the holder is looked up.
    call.giveUp();
    deadlines.end(call, timeoutError(call, holder));
    this.putBack(locks.forget(call));
    this.#parts.alone.abandon(call);
    if (of === undefined) this.#timedOut(call, holder);
    else this.#lookUp(of, lock).then((found) => this.#timedOut(call, found));
  }

  #timedOut(call, holder) {
    this.#parts.completions.fail(call, timeoutError(call, holder));
  }

  /** Finds the holder of a lock; `undefined` if the server does not tell in time. */
  async #lookUp(of, lock) {
    const { connections, keys } = this.#parts;
    let limit;
    const late = new Promise((resolve) => {
      limit = timers.setTimeout(resolve, LOOK_TIME);
    });
    const number = numberOf(of, lock, keys);
    const asked = holderOf(connections, number).catch(NOTHING);
    const found = await Promise.race([asked, late]);
    timers.clearTimeout(limit);
    return found !== undefined && of === 'clear' ? { ...found, isClear: true } : found;
  }
}

/** Gives the number of the lock that a call waits for. */
function numberOf(of, lock, keys) {
  if (of === 'turn') return keys.storeLock;
  if (of === 'clear') return keys.clearLock;
  return of === 'key' ? keys.lockOf(JSON.parse(lock.keyText)) : keys.leasesLock;
}

module.exports = { PostgresWriter };
