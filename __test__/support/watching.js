'use strict';

// Judges what watchers are told by the history of a store.

const assert = require('node:assert/strict');

/** The commits of a store, and the items after each. Values are numbers. */
class History {
  /** The changes of each commit, by its number: the values by their keys, `undefined` for a removal. */
  #commits = [new Map()];
  /** The values of each key, with the numbers of their commits, in order. */
  #values = new Map();

  /** The number of the newest commit. */
  get newest() {
    return this.#commits.length - 1;
  }

  /** Adds a commit. */
  add(changes) {
    this.#commits.push(new Map(changes));
    for (const [key, value] of changes) {
      if (!this.#values.has(key)) this.#values.set(key, []);
      this.#values.get(key).push({ commit: this.newest, value });
    }
  }

  /** Gives the changes of a commit. */
  changes(commit) {
    return this.#commits[commit];
  }

  /** Gives the value of a key after a commit. */
  valueAt(key, commit) {
    return this.#values.get(key)?.findLast((entry) => entry.commit <= commit)?.value;
  }

  /** Lists the keys that there ever were. */
  keys() {
    return [...this.#values.keys()];
  }
}

/** What one watcher is told, judged change by change. */
class Judge {
  #history;
  #picks;
  /** The commit after which the watcher began, and that of the last change that it was told. */
  #begun;
  #last;
  /** The keys that were told of the last commit. */
  #told = new Set();
  /** The values that the watcher knows, of keys that have ever been told. */
  #known = new Map();
  #count = { changes: 0, merged: 0 };
  /** True if the last change was merged: then it may not be the only one of its commit that is told. */
  #isMerged = false;

  /**
   * @param {History} history
   * @param {(key: string) => boolean} picks tells if the watcher watches a key
   * @param {number} begun
   */
  constructor(history, picks, begun) {
    this.#history = history;
    this.#picks = picks;
    this.#begun = begun;
    this.#last = begun;
  }

  get count() {
    return this.#count;
  }

  /** Takes a change. */
  take({ key, value, removed, commit, initial, merged }) {
    const about = JSON.stringify({ key, value, commit, merged, last: this.#last });
    this.#count.changes++;
    if (merged) this.#count.merged++;
    assert.ok(this.#picks(key), about);
    assert.equal(removed, value === undefined, about);
    assert.ok(commit >= this.#last, `older than the last: ${about}`);
    if (initial) assert.equal(commit, this.#begun, about);
    if (merged || initial) assert.equal(this.#history.valueAt(key, commit), value, about);
    else this.#takeExact(key, value, commit, about);
    this.#known.set(key, value);
    if (commit > this.#last) this.#told.clear();
    this.#last = commit;
    this.#told.add(key);
    this.#isMerged = merged;
  }

  #takeExact(key, value, commit, about) {
    const changes = this.#history.changes(commit);
    assert.ok(changes?.has(key), `never committed: ${about}`);
    assert.equal(changes.get(key), value, about);
    assert.ok(commit > this.#begun, about);
    if (commit === this.#last) {
      assert.ok(this.#isMerged || !this.#told.has(key), `told twice: ${about}`);
    } else if (!this.#isMerged) {
      this.#assertNoneMissing(commit - 1);
    }
  }

  /** After a merged change only the newest states are sure. */
  #assertNoneMissing(upTo) {
    for (let commit = this.#last; commit <= upTo; commit++) {
      if (commit <= this.#begun) continue;
      for (const key of this.#history.changes(commit).keys()) {
        const isTold = commit === this.#last && this.#told.has(key);
        assert.ok(isTold || !this.#picks(key), `${key} of commit ${commit} was not told`);
      }
    }
  }

  /** True if the watcher knows the newest items. */
  get isUpToDate() {
    return this.#history.keys().every((key) => {
      if (!this.#picks(key)) return true;
      const known = this.#known.has(key)
        ? this.#known.get(key)
        : this.#history.valueAt(key, this.#begun);
      return known === this.#history.valueAt(key, this.#history.newest);
    });
  }

  /** Checks, once the watcher has been told everything, that no commit is missing. */
  end() {
    assert.ok(this.isUpToDate);
    if (!this.#isMerged) this.#assertNoneMissing(this.#history.newest);
  }
}

module.exports = { History, Judge };
