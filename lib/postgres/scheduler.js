'use strict';

// Decides when a turn runs, and on which session. TurnRun knows what happens in a turn.
//
// One session, the main one, runs the calls of the queue, one turn after the other. Others run what it
// cannot: a call that has waited for a key runs on the session that has waited, and what follows on a
// lease on the session that holds it. One connection is left for reads.
//
// States: resting (no call), due (a turn begins after this tick), running (turns empty the queue).

const { translate } = require('./errors');
const { endLeases, partsOf, putBack } = require('./owners');
const { gather, isPlainSet, takeWaiting } = require('./gathering');
const { Session } = require('./session');
const { TurnRun } = require('./turn-run');
const timers = require('../timers');

class Scheduler {
  /** Undefined, since no call of the queue waits for the turns of others. */
  wait;
  #parts;
  /** `'resting'`, `'due'` or `'running'`. */
  #state = 'resting';
  /** The session that runs the calls of the queue. @type {Session | undefined} */
  #main;
  /** The number of other sessions. */
  #others = 0;
  #mostOthers;
  #whenEnded = [];

  constructor(parts) {
    this.#parts = parts;
    this.#mostOthers = parts.connections.most - 2;
  }

  /** True if one more session beside the main one may be used. */
  get hasRoom() {
    return this.#others < this.#mostOthers;
  }

  /** True if more sessions are in use than may be for long. */
  get isCrowded() {
    return this.#others > this.#mostOthers;
  }

  sessionBegun() {
    this.#others++;
  }

  sessionEnded() {
    this.#others--;
    this.#ended();
  }

  /** Lets a turn run soon if there is something to run. */
  wake() {
    if (!this.#parts.queue.isEmpty || this.#main?.needsTurn) this.schedule();
  }

  /** Lets a turn run soon, unless one is due. */
  schedule() {
    if (this.#state !== 'resting') return;
    // After the rest of this tick and its promises, which may make more calls.
    timers.nextTick(this.#run);
    this.#state = 'due';
  }

  /** Does nothing: turns over a network cannot run in the middle of a loop. */
  handOver() {}

  #run = async () => {
    this.#state = 'running';
    const { limits } = this.#parts;
    try {
      while (this.#hasWork) {
        const failure = await this.#runTurn();
        if (failure === undefined) limits.succeeded();
        else await limits.pause();
      }
      await this.#leaveMain();
    } catch (error) {
      this.#parts.rejectQueue(translate(error));
    }
    this.#state = 'resting';
    this.wake();
    this.#ended();
  };

  get #hasWork() {
    return !this.#parts.queue.isEmpty || this.#main?.needsTurn === true;
  }

  async #runTurn() {
    const session = await this.#mainSession();
    // Those that only this session can run come first.
    const mustRun = session.needsTurn;
    const { calls, lonely } = gather(this.#parts, session, mustRun);
    if (lonely !== undefined) {
      await this.#parts.alone.run(lonely);
      return undefined;
    }
    calls.unshift(...session.takeCalls());
    if (calls.length === 0 && !session.needsTurn) return undefined;
    const isPlain = !session.needsTurn && session.leases.size === 0;
    if (isPlain && calls.every(isPlainSet)) {
      return this.#parts.puts.run(session, calls);
    }
    return new TurnRun(this.#parts, session, { calls }).run();
  }

  async #mainSession() {
    if (this.#main === undefined || this.#main.isLost) {
      const { connections, lifecycle } = this.#parts;
      await lifecycle.open();
      this.#main = new Session(await connections.take(), this);
    }
    return this.#main;
  }

  /** Makes a session that is not the main one. Whoever asks for it uses it until `serve`. */
  otherSession(connection) {
    const session = new Session(connection, this);
    session.isServed = true;
    return session;
  }

  /** Gives the main connection back, unless it holds leases. */
  async #leaveMain() {
    const session = this.#main;
    if (session === undefined || session.leases.size > 0 || session.needsTurn) return;
    this.#main = undefined;
    session.end();
    await this.#giveBack(session);
  }

  async #giveBack({ connection }) {
    const { connections } = this.#parts;
    try {
      if (connection.isInTransaction) await connection.run([{ text: 'ROLLBACK' }]);
    } catch {
      // It is lost, or ended when it is given back.
    }
    connections.giveBack(connection);
  }

  /** Lets a turn run on a session. */
  wakeSession(session) {
    if (session === this.#main) this.wake();
    else if (!session.isServed) this.serve(session);
  }

  /** Runs the calls that have waited for a key on the session that has it. */
  async runGranted(session, keyText, granted) {
    const calls = takeWaiting(this.#parts, keyText, granted.isShared);
    const isEnough = calls.every(({ keyTexts }) => keyTexts.every((each) => each === keyText));
    const work = isEnough ? { calls, granted, held: keyText } : { calls, held: keyText };
    if (calls.length > 0) await new TurnRun(this.#parts, session, work).run();
  }

  /** Runs what only a session can run, and gives it back when it holds no lease any more. */
  async serve(session) {
    session.isServed = true;
    while (session.needsTurn && !session.isLost) {
      const run = new TurnRun(this.#parts, session, { calls: session.takeCalls() });
      if ((await run.run()) !== undefined) await this.#parts.limits.pause();
    }
    session.isServed = false;
    putBack(session.takeCalls());
    if (session.leases.size > 0 && !session.isLost) return;
    if (session.isEnded) return;
    session.end();
    await this.#giveBack(session);
    this.sessionEnded();
  }

  /** Rejects the calls whose leases were lost with their connection. */
  lost(session, error) {
    const returned = [...session.finishing.splice(0), ...session.ending.splice(0)];
    for (const call of session.leases.keys()) {
      partsOf(call).completions.fail(call, translate(error, call.keys?.[0]), call.keys?.[0]);
    }
    session.leases.clear();
    // The callbacks of the others run on; until they end, no other call of this instance gets their
    // keys.
    endLeases(returned);
    putBack(session.takeCalls());
    if (session !== this.#main && !session.isInTurn && !session.isServed) this.serve(session);
    this.wake();
    this.#ended();
  }

  /** Resolves when no session is in use. */
  async finish() {
    for (;;) {
      if (this.#state === 'resting') await this.#leaveMain();
      if (this.#state === 'resting' && this.#others === 0 && this.#main === undefined) return;
      await new Promise((resolve) => this.#whenEnded.push(resolve));
    }
  }

  #ended() {
    for (const resolve of this.#whenEnded.splice(0)) resolve();
  }
}

module.exports = { Scheduler };
