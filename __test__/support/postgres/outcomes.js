'use strict';

// The possible values of items that one process writes while its connections are lost.

const assert = require('node:assert/strict');

/** Codes of rejections after which nothing is stored. */
const NOT_STORED = ['ERR_PERSIST_LOCK_CONNECTION', 'ERR_PERSIST_LOCK_TIMEOUT'];
const UNKNOWN = 'ERR_PERSIST_LOCK_UNKNOWN_OUTCOME';

/** The outcomes of a process's writes, and the values that each of its items may have. */
class Outcomes {
  counts = { acknowledged: 0, lost: 0, unknown: 0 };
  #possible = new Map();

  /** Gives the values that an item may have. */
  of(key) {
    return this.#possible.get(key) ?? [undefined];
  }

  /** Checks the value that an item has been seen to have: from now on it has this one. */
  saw(key, value) {
    const possible = this.of(key);
    assert.ok(possible.includes(value), `${key} is ${value}, which is none of ${possible}`);
    this.#possible.set(key, [value]);
  }

  /**
   * Awaits a write that gives items new values: they have these if it resolves, the values before if
   * it rejects because the connection was lost, and either if its outcome is unknown.
   * @param {Promise<unknown>} write
   * @param {() => Record<string, unknown>} values
   */
  async settle(write, values) {
    const before = new Map(this.#possible);
    let code;
    try {
      await write;
    } catch (error) {
      if (error.code !== UNKNOWN && !NOT_STORED.includes(error.code)) throw error;
      code = error.code;
    }
    if (code === undefined) this.counts.acknowledged++;
    else if (code === UNKNOWN) this.counts.unknown++;
    else this.counts.lost++;
    if (code !== undefined && code !== UNKNOWN) return;
    for (const [key, value] of Object.entries(values())) {
      const others = code === UNKNOWN ? (before.get(key) ?? [undefined]) : [];
      this.#possible.set(key, [...others, value]);
    }
  }
}

module.exports = { Outcomes };
