'use strict';

// The changes of one watcher, in parts: the items that are there, if they are asked for, and then
// what the log tells.

const { WatchState } = require('./addon');
const { PersistLockError, misuse, unsupportedError } = require('../errors');
const forms = require('./change-forms');
const { endsInHalfPair } = require('../half-pair');
const { runOrdered, walkOf } = require('./listings');
const { fromNative } = require('./native-errors');

/** The message for a watcher that would wait for ever. */
const ALONE =
  'A file on its own, such as a backup, does not change. Watch a store by its folder, or list the items';

const NOTHING = () => {};

/** @implements {import('../engine').ChangeSource} */
class WatchSource {
  keepsAlive;
  #choice;
  #form;
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
   * @param {import('../shared-slice').SharedSlice} parts.slice the time slice of all watchers
   */
  constructor(choice, { native, lifecycle, reads, ...parts }) {
    this.keepsAlive = choice.keepAlive;
    this.#choice = choice;
    this.#form = choice.lines ? forms.lines : forms.objects;
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
    this.#parts = parts;
  }

  /** Begins to watch: at once if the store is open, and otherwise as soon as it is. */
  begin() {
    const begin = () => this.#begin();
    const { key, initial } = this.#choice;
    this.#begun =
      initial && key === undefined
        ? runOrdered(this.#reads, this.#native, begin)
        : this.#reads.run(begin);
    // The first `next` tells of it.
    this.#begun.catch((error) => this.fail(fromNative(error)));
  }

  #begin() {
    if (this.#isEnded) return;
    const { key, prefix, since, initial } = this.#choice;
    const keyText = key === undefined ? undefined : JSON.stringify(key);
    const prefixText = beginningOf(endsInHalfPair(prefix) ? prefix.slice(0, -1) : prefix);
    const { id, isAlone, newest, oldest } = this.#native.watch(keyText, prefixText, since);
    if (isAlone) throw unsupportedError(ALONE);
    if (id === undefined && since > newest) throw futureError(since, newest);
    if (id === undefined) throw pastError(since, oldest);
    this.#id = id;
    if (initial) {
      const choice = key === undefined ? { prefix } : { keys: [key] };
      const walk = walkOf(this.#native, this.#form.kind, choice, Date.now());
      this.#items = { walk, commit: newest };
    }
    this.#parts.begun(id, this);
  }

  /** Resolves with the next changes, or `undefined` once the watcher has ended. */
  async next() {
    try {
      await this.#begun;
      while (!this.#isEnded) {
        // Also after a part was handed out: a consumer that is quick asks for the next at once.
        await this.#parts.slice.turn();
        if (this.#isEnded) break;
        const changes = this.#items === undefined ? await this.#told() : await this.#there();
        if (changes.length > 0) return changes;
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
    const { walk, commit } = this.#items;
    const part = await this.#lifecycle.readOn(() => walk.next());
    if (part !== null) return part.length > 0 ? this.#form.there(part, commit) : [];
    this.#items = undefined;
    return [];
  }

  /** Takes the next changes of the log, or waits for some. */
  async #told() {
    this.#isWoken = false;
    const tell = () => this.#native.tellWatched(this.#id, this.#form.isLines);
    const { state, count, text } = await this.#lifecycle.readOn(tell);
    if (count > 0) return this.#picked(this.#form.told(text, count));
    if (state === WatchState.AtHead) await this.#news();
    if (state === WatchState.NeedsKeys) await this.#native.findKeys(this.#id);
    if (state === WatchState.NeedsHead) await this.#parts.readNews();
    return [];
  }

  /** Drops the changes that only the native side takes to have the prefix. */
  #picked(changes) {
    const { prefix } = this.#choice;
    return endsInHalfPair(prefix) ? this.#form.picked(changes, prefix) : changes;
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
    this.#items?.walk.end();
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

/** Gives the JSON text of a prefix without its closing quotation mark. */
function beginningOf(prefix) {
  return JSON.stringify(prefix).slice(0, -1);
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
