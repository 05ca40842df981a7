'use strict';

// The changes of one watcher, in parts: the items that are there, if they are asked for, and then
// what the log tells.

const { WatchState } = require('./addon');
const { PersistLockError, misuse } = require('../errors');
const { parseTuples } = require('./joined-texts');
const { fromNative } = require('./native-errors');
const { TimeSlice } = require('../time-slice');

/** The size of a part of the items that are there, in bytes. */
const PART = 2 ** 16;
/** The time for which a watcher reads on before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;

const NOTHING = () => {};

/** @implements {import('../engine').ChangeSource} */
class WatchSource {
  keepsAlive;
  #choice;
  #native;
  #lifecycle;
  #reads;
  #parts;
  #id;
  /** The promise of the watcher's beginning. */
  #begun;
  #isEnded = false;
  /** The error that has ended the watcher, until it is told. @type {{ error: Error } | undefined} */
  #failure;
  /** The items that are there, while some are left. */
  #items;
  /** True if there is news of which the watcher has not been told. */
  #isWoken = false;
  /** Ends the wait for news. */
  #resume = NOTHING;

  /**
   * @param {import('../engine').WatchChoice} choice
   * @param {object} parts
   * @param {(id: number, source: WatchSource) => void} parts.begun
   * @param {(id: number | undefined, source: WatchSource) => void} parts.ended
   * @param {() => Promise<void>} parts.readNews reads all new commits
   */
  constructor(choice, { native, lifecycle, reads, ...parts }) {
    this.keepsAlive = choice.keepAlive;
    this.#choice = choice;
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#parts = parts;
  }

  /** Begins to watch: at once if the store is open, and otherwise as soon as it is. */
  begin() {
    this.#begun = this.#reads.run(() => this.#begin());
    // The first `next` tells.
    this.#begun.catch(NOTHING);
  }

  #begin() {
    if (this.#isEnded) return;
    const { key, prefix, since, initial } = this.#choice;
    const keyText = key === undefined ? undefined : JSON.stringify(key);
    const prefixText = JSON.stringify(isCutPair(prefix) ? prefix.slice(0, -1) : prefix).slice(
      0,
      -1,
    );
    const { id, newest, oldest } = this.#native.watch(keyText, prefixText, since);
    if (id === undefined)
      throw since > newest ? futureError(since, newest) : pastError(since, oldest);
    this.#id = id;
    if (initial) this.#items = this.#itemsOf(keyText, prefixText, newest);
    this.#parts.begun(id, this);
  }

  /** Begins a walk over the items of this moment. */
  #itemsOf(keyText, prefixText, commit) {
    const now = Date.now();
    if (keyText === undefined) {
      return { listing: this.#native.listItems(now, prefixText), commit };
    }
    const texts = this.#native.readItem(keyText, now);
    const text = texts === null ? '' : `[${keyText},${texts}]`;
    return { text, commit };
  }

  /** Resolves with the next changes, or `undefined` once the watcher has ended. */
  async next() {
    try {
      await this.#begun;
      const slice = new TimeSlice(BUDGET);
      while (!this.#isEnded) {
        const changes = this.#items === undefined ? await this.#told() : await this.#there();
        if (changes.length > 0) return changes;
        if (slice.isOver) await slice.pause();
      }
    } catch (error) {
      if (!this.#isEnded) this.fail(fromNative(error));
    }
    if (this.#failure === undefined) return undefined;
    const { error } = this.#failure;
    this.#failure = undefined;
    throw error;
  }

  /** Takes the next of the items that are there. */
  async #there() {
    const { listing, text, commit } = this.#items;
    const flags = { commit, removed: false, initial: true, merged: false };
    if (listing === undefined) {
      this.#items = undefined;
      return text === '' ? [] : this.#changes(parseTuples(text, 1, 3), flags);
    }
    const texts = await this.#lifecycle.readOn(() => listing.next('items', PART));
    if (texts !== null) return this.#changes(parseTuples(texts, listing.count, 3), flags);
    this.#items = undefined;
    return [];
  }

  /** Takes the next changes of the log, or waits for some. */
  async #told() {
    this.#isWoken = false;
    const told = await this.#lifecycle.readOn(() => this.#native.tellWatched(this.#id));
    if (told.count > 0) {
      const merged = told.state === WatchState.Merged;
      return this.#changes(parseTuples(told.text, told.count, 5), { initial: false, merged });
    }
    if (told.state === WatchState.AtHead) await this.#news();
    if (told.state === WatchState.NeedsKeys) await this.#native.findKeys(this.#id);
    if (told.state === WatchState.NeedsHead) await this.#parts.readNews();
    return [];
  }

  #changes(tuples, flags) {
    const changes = tuples.map(([key, value, expires, commit, removed]) => ({
      key,
      value: removed === 1 ? undefined : value,
      expires,
      removed: removed === 1,
      commit,
      ...flags,
    }));
    const { prefix } = this.#choice;
    return isCutPair(prefix) ? changes.filter(({ key }) => key.startsWith(prefix)) : changes;
  }

  /** Resolves when there is news, or the watcher has ended. */
  #news() {
    if (this.#isWoken || this.#isEnded) return undefined;
    return new Promise((resolve) => (this.#resume = resolve));
  }

  /** Notes that there is news. */
  wake() {
    this.#isWoken = true;
    this.#resume();
  }

  /** Ends the watcher. */
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#items = undefined;
    this.#parts.ended(this.#id, this);
    this.#resume();
  }

  /** Ends the watcher with an error, which the next `next` rejects with. */
  fail(error) {
    if (this.#isEnded) return;
    this.#failure = { error };
    this.end();
  }
}

/**
 * Returns true if a prefix ends in half a surrogate pair. JSON escapes the half and not the pair:
 * so its text begins neither.
 */
function isCutPair(prefix) {
  return /[\ud800-\udbff]$/.test(prefix);
}

function futureError(since, newest) {
  const message = `The "since" option must be a commit of the store, up to ${newest}. Received ${since}`;
  return misuse(RangeError, 'INVALID_OPTION', message);
}

function pastError(since, oldest) {
  const message = `The changes after commit ${since} are no longer there: a rewrite of the file has merged all up to commit ${oldest}. Watch with \`initial: true\`, which begins with the items that are there`;
  return new PersistLockError('ERR_PERSIST_LOCK_COMPACTED', message);
}

module.exports = { WatchSource };
