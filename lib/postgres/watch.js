'use strict';

// The watchers of an instance: all share one connection. This module reads which keys have changed:
// after a commit of its own, when another process sends a message, and every so often, since messages
// may be lost and do not pass a pooler. It wakes the watchers that are concerned; each reads its
// changes itself when its consumer asks. When the connection is lost, nothing is missed: positions are
// in the log.

const { AsyncResource } = require('node:async_hooks');
const { ChangeReader } = require('./change-reader');
const { isLost, translate } = require('./errors');
const { Joining } = require('./joining');
const { WatchConnection } = require('./watch-connection');
const { WatchGroups } = require('./watch-groups');
const { WatchSource } = require('./watch-source');
const { closedError } = require('../errors');
const { SharedSlice } = require('../shared-slice');
const timers = require('../timers');

/** The interval of looks where other processes can send messages, in milliseconds. */
const LOOK_INTERVAL = 2000;
/** The shortest interval of looks where they cannot. It doubles while nothing changes. */
const SHORTEST_INTERVAL = 100;
/** The longest pause between looks while commits under way hold changes back, in milliseconds. */
const LONGEST_PAUSE = 50;
/** The pause after an attempt to connect has failed, in milliseconds. */
const PAUSE = 500;
/** The time for which watchers are told before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;
/** The time after which the connection is ended if there are no watchers, in milliseconds. */
const IDLE_TIME = 10_000;

/** The asynchronous context in which work for all watchers runs: that of no caller. */
const nowhere = new AsyncResource('PersistLock');

class Watches {
  #context;
  #lifecycle;
  #changeLog;
  #reader;
  #groups = new WatchGroups();
  /** The watchers that have not ended. @type {Set<WatchSource>} */
  #all = new Set();
  /** The number of watchers that keep the process alive. */
  #keeping = 0;
  #joining = new Joining();
  #connection;
  /** The position up to which the watchers were woken; `undefined` before there are any. */
  #position;
  /** True if there may be news that the look under way has not seen. */
  #hasNews = false;
  /** The promise of the look under way. */
  #looking;
  #interval = SHORTEST_INTERVAL;
  /** The pause before the next look if changes are held back, in milliseconds. */
  #pause = 0;
  #timer;
  /** Ends the pause after a failure, if there is one. */
  #endPause = () => {};
  #slice = new SharedSlice(BUDGET);

  constructor(context) {
    this.#context = context;
    this.#lifecycle = context.lifecycle;
    this.#changeLog = context.changeLog;
    this.#reader = new ChangeReader(context);
    this.#connection = new WatchConnection(context, () => {
      if (this.#all.size > 0) this.#look();
    });
  }

  /** The number of watchers. */
  get count() {
    return this.#all.size;
  }

  /**
   * Begins to watch. Of this instance, everything is told that is committed after the call; of
   * others, everything after the registration.
   *
   * @param {import('../engine').WatchChoice} choice
   * @returns {import('../engine').ChangeSource}
   */
  watch(choice) {
    const source = new WatchSource(choice, {
      read: this.#read,
      ended: this.#remove,
      listings: this.#context.listings,
      slice: this.#slice,
    });
    if (this.#lifecycle.isClosing) {
      source.fail(closedError());
      return source;
    }
    if (this.#all.size === 0) this.#position = undefined;
    this.#all.add(source);
    if (choice.keepAlive && this.#keeping++ === 0) this.#timer?.ref();
    this.#changeLog.whenCommitted(this.#look);
    this.#join(source);
    return source;
  }

  /** Lets a watcher begin with the next look. */
  #join(source) {
    const joining = this.#joining;
    joining.add(source);
    this.#changeLog.expect(joining);
    this.#look();
  }

  #remove = (source) => {
    if (!this.#all.delete(source)) return;
    this.#groups.delete(source);
    this.#joining.sources.delete(source);
    if (source.choice.keepAlive && --this.#keeping === 0) this.#timer?.unref();
    if (this.#all.size > 0) return;
    this.#changeLog.forget(this.#look);
    this.#plan(IDLE_TIME);
  };

  /** Ends all watchers, as when the store is closed. */
  end() {
    for (const source of [...this.#all]) source.end();
  }

  /** Resolves when no look is under way, and ends the connection. */
  async finish() {
    // Its timer may not keep the process alive, and `close` must end before the process does.
    this.#endPause();
    // A connection that is being made ends with the others: it may take 10 seconds.
    if (this.#connection.isMade) await this.#looking;
    timers.clearTimeout(this.#timer);
    this.#connection.drop();
  }

  /** Looks for news, or once more if a look is under way. */
  #look = () => {
    this.#hasNews = true;
    this.#looking ??= nowhere.runInAsyncScope(() => this.#lookAll());
  };

  async #lookAll() {
    // The watchers of this tick begin together.
    await new Promise((resolve) => timers.setImmediate(resolve));
    let failures = 0;
    while (this.#hasNews && this.#all.size > 0) {
      this.#hasNews = false;
      try {
        await this.#lookOnce();
        failures = 0;
        if (this.#pause > 0) await this.#waitForWriters();
      } catch (error) {
        this.#hasNews = true;
        await this.#failed(error, ++failures);
      }
    }
    this.#looking = undefined;
    this.#plan(this.#all.size === 0 ? IDLE_TIME : this.#interval);
  }

  /** Waits a moment for the commits under way that hold changes back: nobody tells of their ends. */
  async #waitForWriters() {
    this.#hasNews = true;
    await new Promise((resolve) => timers.setTimeout(resolve, this.#pause));
  }

  /** Plans the next look, or the end of the connection. */
  #plan(interval) {
    if (this.#lifecycle.isClosing) return;
    timers.clearTimeout(this.#timer);
    const next = () => (this.#all.size > 0 ? this.#look() : this.#connection.drop());
    this.#timer = nowhere.runInAsyncScope(() => timers.setTimeout(next, interval));
    if (this.#keeping === 0) this.#timer.unref();
  }

  /**
   * Takes the error of a look. Watchers that have begun wait for a connection however long it takes,
   * and whatever keeps it from being made: also a server with too many of them.
   */
  async #failed(error, failures) {
    const failure = translate(error);
    const { isMade } = this.#connection;
    // It is lost, or the error has left it in a failed transaction.
    this.#connection.drop();
    if (isMade) {
      for (const source of [...this.#all]) source.fail(failure);
      return;
    }
    if (failures === 1 && isLost(error)) return;
    for (const source of [...this.#joining.sources.keys()]) source.fail(failure);
    this.#changeLog.expectNoMore(this.#joining);
    this.#joining = new Joining();
    await new Promise((resolve) => {
      this.#endPause = resolve;
      const timer = timers.setTimeout(resolve, PAUSE);
      if (this.#keeping === 0) timer.unref();
    });
  }

  /** Reads which keys have changed, and wakes the watchers that are concerned. */
  async #lookOnce() {
    const { connection, registration } = await this.#connection.prepare();
    for (let isMore = true; isMore && this.#all.size > 0;) {
      const joining = this.#joining;
      this.#joining = new Joining();
      let read;
      try {
        read = await this.#reader.keys(connection, registration, this.#position);
      } catch (error) {
        this.#putBack(joining);
        throw error;
      }
      if (read.since === undefined) {
        this.#putBack(joining);
        this.#lapsed(registration);
        return;
      }
      ({ isMore } = read);
      this.#wake(read);
      // The server shows the end of a commit to others before the one who sent it has the answer.
      await joining.answers();
      if (!this.#connection.has(registration)) {
        this.#putBack(joining);
        return;
      }
      this.#begin(joining, read);
      this.#interval = this.#nextInterval(connection, read.keys.size > 0);
      this.#pause = read.isHeldBack ? Math.min(2 * this.#pause || 1, LONGEST_PAUSE) : 0;
    }
  }

  #nextInterval(connection, hasChanges) {
    if (!connection.isPooled) return LOOK_INTERVAL;
    return hasChanges ? SHORTEST_INTERVAL : Math.min(2 * this.#interval, LOOK_INTERVAL);
  }

  #wake({ keys, to }) {
    const before = this.#position;
    this.#position = to;
    for (const group of this.#groups.concerned(keys)) {
      for (const source of group.sources) source.wake(before);
    }
  }

  #begin(joining, moment) {
    this.#changeLog.expectNoMore(joining);
    const own = [...joining.own];
    for (const [source, before] of joining.sources) {
      if (source.isEnded) continue;
      this.#groups.add(source);
      source.started(moment, own.slice(before));
    }
  }

  /** Lets watchers begin later that could not. */
  #putBack(joining) {
    const next = this.#joining;
    joining.absorb(next);
    this.#changeLog.expectNoMore(next);
    this.#joining = joining;
  }

  /** Ends the watchers, since the registration did not hold. Those that have not begun go on. */
  #lapsed(registration) {
    if (!this.#connection.forget(registration)) return;
    this.#position = undefined;
    this.#hasNews = true;
    for (const source of [...this.#all]) if (source.hasBegun) source.lapse();
  }

  /**
   * Reads the next changes of a watcher, up to the position of all. Watchers of the same keys at the
   * same position share the read.
   */
  #read = async (source, from) => {
    for (;;) {
      const to = this.#position;
      const { ready } = this.#connection;
      if (source.isEnded) return undefined;
      if (ready !== undefined && to !== undefined) {
        try {
          const read = await this.#shared(source, from, to, ready);
          if (read.since !== undefined) return read;
          this.#lapsed(ready.registration);
        } catch (error) {
          if (!isLost(error)) {
            this.#connection.dropFailed(ready.connection);
            throw translate(error);
          }
        }
      }
      this.#look();
      await Promise.race([this.#looking, source.news()]);
    }
  };

  #shared(source, from, to, { connection, registration }) {
    const { reads } = this.#groups.of(source);
    const name = [from.commit, from.n, to.commit, to.n].join();
    let read = reads.get(name);
    if (read === undefined) {
      read = this.#reader.changes(connection, registration, source.choice, from, to);
      reads.set(name, read);
      const forget = () => reads.delete(name);
      read.then(forget, forget);
    }
    return read;
  }
}

module.exports = { Watches };
