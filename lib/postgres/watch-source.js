'use strict';

// The changes of one watcher, in parts: the items that are there, if they are asked for, and then
// the changes of the log. It keeps its position in the log, and no changes: so a slow consumer costs
// nothing. Must not know how the log is read.

const { PersistLockError, misuse } = require('../errors');
const { after, isBefore, later } = require('./change-reader');
const forms = require('./change-forms');
const { keyOf } = require('./kinds');

const NOTHING = () => {};

/** @implements {import('../engine').ChangeSource} */
class WatchSource {
  choice;
  /** True once the watcher has its position. */
  hasBegun = false;
  isEnded = false;
  #form;
  #parts;
  /** The error that has ended the watcher, until it is told. @type {{ error: Error } | undefined} */
  #failure;
  /** True until the items that are there are told. */
  #isInitial;
  /** The items that are there, while some are left. */
  #items;
  /** The position up to which the watcher was told, if it is behind. */
  #position;
  /** The position at which it began. */
  #start;
  /** The moment at which it began, until it is past: earlier commits are not told. */
  #snapshot;
  /** The commits of this instance that are told although they had ended at that moment. */
  #own;
  /** True if there may be changes after its position. */
  #isBehind = true;
  /** True if there is news since it read last. */
  #isWoken = false;
  /** Ends the wait for news. */
  #resume = NOTHING;

  /**
   * @param {import('../engine').WatchChoice} choice
   * @param {object} parts
   * @param {(source: WatchSource, position: object) => Promise<object | undefined>} parts.read reads
   *   changes after a position; gives `undefined` if the watcher has ended
   * @param {(source: WatchSource) => void} parts.ended
   * @param {import('./listings').Listings} parts.listings
   * @param {import('../shared-slice').SharedSlice} parts.slice the time slice of all watchers
   */
  constructor(choice, parts) {
    this.choice = choice;
    this.#form = choice.lines ? forms.lines : forms.objects;
    this.#isInitial = choice.initial;
    this.#parts = parts;
  }

  /**
   * Takes the moment at which the watcher begins.
   *
   * @param {object} moment
   * @param {import('./change-reader').Position} moment.start
   * @param {import('./horizon').Snapshot} moment.snapshot
   * @param {number} moment.since the commit from which on the log is complete
   * @param {number} moment.newest
   * @param {number[]} own the commits of this instance since it was made
   */
  started({ start, snapshot, since: first, newest }, own) {
    const { since } = this.choice;
    if (since === undefined) {
      const least = own.reduce((before, commit) => Math.min(before, commit - 1), start.commit);
      this.#position = after(least);
      this.#isBehind = least < start.commit;
      this.#snapshot = snapshot;
      this.#own = new Set(own);
    } else if (since > newest) {
      this.fail(futureError(since, newest));
      return;
    } else {
      this.#position = after(since);
    }
    this.#start = since === undefined ? start : this.#position;
    this.#check(first);
    this.hasBegun = !this.isEnded;
    this.#resume();
  }

  /** Fails if the log is not complete from the position on. Own commits before the start are there. */
  #check(first) {
    const position = later(this.#position, this.#start);
    if (isBefore(position, after(first - 1))) this.lapse();
  }

  /** Resolves with the next changes, or `undefined` once the watcher has ended. */
  async next() {
    try {
      if (!this.hasBegun && !this.isEnded) await this.news();
      while (!this.isEnded) {
        // Also after a part was handed out: a consumer that is quick asks for the next at once.
        await this.#parts.slice.turn();
        if (this.isEnded) break;
        const changes = this.#isInitial ? await this.#there() : await this.#told();
        if (changes.length > 0) return changes;
      }
    } catch (error) {
      if (!this.isEnded) this.fail(error);
    }
    if (this.#failure === undefined) return undefined;
    const { error } = this.#failure;
    this.#failure = undefined;
    throw error;
  }

  /**
   * Takes the next of the items that are there: those of the moment at which the first is asked for,
   * so the server need not keep them before. Their changes since the watcher has begun are told again.
   */
  async #there() {
    const { key, prefix } = this.choice;
    const { listings } = this.#parts;
    const commit = this.#position.commit;
    if (key !== undefined) {
      this.#isInitial = false;
      const items = await listings.list(this.#form.kind, { keys: [key] });
      return items.length > 0 ? this.#form.there(items, commit) : [];
    }
    this.#items ??= listings.parts(this.#form.kind, { prefix });
    const { done, value } = await this.#items.next();
    if (!done) return this.#form.there(value, commit);
    this.#isInitial = false;
    this.#items = undefined;
    return [];
  }

  /** Takes the next changes of the log, or waits for some. */
  async #told() {
    if (!this.#isBehind) await this.news();
    if (this.isEnded) return [];
    this.#isWoken = false;
    const read = await this.#parts.read(this, this.#position);
    if (read === undefined || this.isEnded) return [];
    this.#check(read.since);
    if (this.isEnded) return [];
    const changes = this.#changesOf(read.rows);
    this.#position = read.to;
    if (this.#snapshot !== undefined && read.to.commit >= this.#snapshot.end) {
      this.#snapshot = undefined;
      this.#own = undefined;
    }
    this.#isBehind = read.isMore || this.#isWoken;
    return changes.length > 0 ? this.#form.told(changes) : [];
  }

  /** Makes changes of rows of the log: one for each key, with its last commit. */
  #changesOf(rows) {
    /** The first commit of each key. @type {Map<string, string>} */
    const first = new Map();
    const changes = [];
    for (const [commit, , hex, isLast, json, expires, isThere] of rows) {
      if (!first.has(hex) && this.#isTold(Number(commit))) first.set(hex, commit);
      if (isLast === 'f' || !first.has(hex)) continue;
      const key = keyOf([hex]);
      if (!key.startsWith(this.choice.prefix)) continue;
      changes.push({
        key,
        json: isThere === 't' ? json : null,
        expires: expires === null ? null : Number(expires),
        commit: Number(commit),
        merged: first.get(hex) !== commit,
      });
    }
    return changes;
  }

  #isTold(commit) {
    return !this.#snapshot?.has(commit) || this.#own.has(commit);
  }

  /** Resolves when there is news, or the watcher has begun or ended. */
  news() {
    return new Promise((resolve) => (this.#resume = resolve));
  }

  /**
   * Notes that there is news.
   *
   * @param {import('./change-reader').Position} before a position that is before it
   */
  wake(before) {
    this.#isWoken = true;
    if (!this.#isBehind) this.#position = later(this.#position, before);
    this.#isBehind = true;
    this.#resume();
  }

  /** Ends the watcher. */
  end() {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#items?.return();
    this.#items = undefined;
    this.#parts.ended(this);
    this.#resume();
  }

  /** Ends the watcher with an error, which the next `next` rejects with. */
  fail(error) {
    if (this.isEnded) return;
    this.#failure = { error };
    this.end();
  }

  /** Ends the watcher: the log may lack changes. */
  lapse() {
    this.fail(pastError(this.choice.since));
  }
}

function futureError(since, newest) {
  const message = `The "since" option must be a commit of the store, up to ${newest}. Received ${since}`;
  return misuse(RangeError, 'INVALID_OPTION', message);
}

function pastError(since) {
  const which = since === undefined ? 'some changes' : `the changes after commit ${since}`;
  const message = `The log of changes does not have ${which}: it keeps an hour, and no changes while nobody watches. Watch with \`initial: true\`, which begins with the items that are there`;
  return new PersistLockError('ERR_PERSIST_LOCK_COMPACTED', message);
}

module.exports = { WatchSource };
