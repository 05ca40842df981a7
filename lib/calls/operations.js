'use strict';

// The operations of calls: functions of a turn, which run once a call has its locks.
//
// The engine supplies the turn, a `Turn` of `lib/engine.js`.

const { inspect } = require('node:util');
const { checkExpires, checkKey } = require('../arguments');
const { EditedItem, Removal, SetItem } = require('./changes');
const { misuse } = require('../errors');
const { callInside } = require('./context');
const { checkLength } = require('../codec');
const { Call } = require('./call');
const { Expiries } = require('./expiries');
const { checkPairs } = require('./pairs');
const { Suspended } = require('./suspended');

/**
 * The value that an edit returns to remove its item. Every copy of the package in a process has the
 * same one.
 */
const REMOVE = Symbol.for('PersistLock.REMOVE');

class Operations {
  #codec;
  #expiries;
  #prefix;

  /**
   * @param {import('../codec').Codec} codec
   * @param {number | boolean | Date | null} [defaultTtl]
   * @param {typeof import('../arguments').expiryOf} [compute] computes the expiry of a ttl
   * @param {string} [prefix] the prefix of all keys, which callbacks do not see
   */
  constructor(codec, defaultTtl, compute, prefix = '') {
    this.#codec = codec;
    this.#expiries = new Expiries(defaultTtl, compute);
    this.#prefix = prefix;
  }

  /** Makes the change of a set. Its value is copied here. */
  set(key, value, ttl) {
    const expires = this.#expiries.ofSet(ttl);
    return new SetItem(key, this.#codec.encode(value, key), expires);
  }

  /** Makes the changes of a set of several items, all of them or none. */
  setAll(entries, ttl) {
    const expires = this.#expiries.ofSet(ttl);
    const changes = [];
    for (const [key, value] of entries) {
      changes.push(new SetItem(key, this.#codec.encode(value, key), expires));
    }
    return changes;
  }

  update(key, value, ttl) {
    const json = this.#codec.encode(value, key);
    const given = this.#expiries.given(ttl);
    return (turn) => this.#storeText(turn, key, json, turn.item(key), given);
  }

  /** Makes the call that edits an item. */
  edit(key, edit, ttl, terms) {
    const given = ttl === undefined ? undefined : this.#expiries.given(ttl);
    return new ItemEdit(this, key, edit, given, terms);
  }

  /** Runs such a call. */
  runEdit(turn, { key, edit, given }) {
    const item = turn.item(key);
    const before = given?.rule && this.#describe(item);
    const value = item && this.#codec.copyFrom(item);
    const result = callInside(edit, value, item && describe(item, value));
    if (!isThenable(result)) {
      return apply(turn, this.#changeTo(result, key, item, given, before, turn));
    }
    return new Suspended(
      result,
      (resolved) => this.#changeTo(resolved, key, item, given, before),
      applyLater,
    );
  }

  /** Makes an edit of several items. Its callback has their keys without the prefix. */
  editAll(keys, edit, ttl) {
    const prefix = this.#prefix;
    const given = this.#expiries.given(ttl);
    return (turn) => {
      const values = new Map();
      const befores = new Map();
      const items = new Map();
      for (const key of keys) {
        const item = turn.item(prefix + key);
        const value = item && this.#codec.copyFrom(item);
        values.set(key, value);
        if (item) befores.set(key, describe(item, value));
        items.set(key, { item, before: given?.rule && this.#describe(item) });
      }
      const result = callInside(edit, values, befores);
      const take = (pairs, here) => this.#changesTo(pairs, items, given, here);
      if (!isThenable(result)) return applyAll(turn, take(result, turn));
      return new Suspended(result, (resolved) => take(resolved), applyAllLater);
    };
  }

  view(key, view) {
    return (turn) => {
      const item = turn.item(key);
      const result = callInside(view, item && this.#codec.copyFrom(item));
      return isThenable(result) ? new Suspended(result) : result;
    };
  }

  /** Gives the value of the item that is there, or else of the one that `make` makes. */
  getOrSet(key, make, ttl) {
    const given = this.#expiries.ofMade(ttl);
    return (turn) => {
      const item = turn.item(key);
      if (item !== undefined) return this.#codec.copyFrom(item);
      const result = callInside(make);
      if (!isThenable(result)) return apply(turn, this.#made(result, key, given));
      return new Suspended(result, (resolved) => this.#made(resolved, key, given), applyLater);
    };
  }

  /** Checks the ttl of a getOrSet, which needs it only if there is no item. */
  checkTtl(ttl) {
    this.#expiries.given(ttl);
  }

  /** Changes the expiry of an item that is there; gives false if there is none. */
  touch(key, ttl) {
    const given = this.#expiries.ofTouch(ttl);
    return (turn) => {
      const item = turn.item(key);
      if (item === undefined) return false;
      this.#storeText(turn, key, item.json, item, given);
      return true;
    };
  }

  /**
   * Puts items, whatever is there. An item is `{ key, value }`, or `{ key, json }` if its value is
   * encoded already; with `expires`, in milliseconds since 1970, if it expires.
   */
  putAll(items) {
    const changes = items.map(({ key, value, json, expires }) => {
      const name = checkKey(key);
      if (json !== undefined) checkLength(name, json.length);
      return new SetItem(name, json ?? this.#codec.encode(value, name), checkExpires(expires));
    });
    return (turn) => {
      for (const change of changes) turn.change(change);
    };
  }

  /** Stores the text of a value, with the expiry that it then has; `item` is what is there. */
  #storeText(turn, key, json, item, given) {
    const change = new EditedItem(key, undefined, json, json.length, item?.stored);
    change.expires = this.#expiry(change, item, given, given?.rule && this.#describe(item), turn);
    turn.change(change);
  }

  /**
   * Describes the item before for the rule of its expiry: by a copy of its value, since the callback
   * may change its own. To be called before the callback, since the caller of an edit before may
   * change the value of an item of this turn.
   */
  #describe(item) {
    return item && describe(item, this.#codec.copyFrom(item));
  }

  /**
   * Computes the expiry of a key's item, whose new value is that of `valued`. Outside a turn `turn` is
   * missing.
   */
  #expiry(valued, item, given, before, turn) {
    if (given === undefined && item !== undefined) return item.expires;
    if (given?.rule === undefined) return this.#expiries.plain(item, given, turn);
    const key = valued.key.slice(this.#prefix.length);
    return this.#expiries.byRule(item, given.rule, this.#codec.copyFrom(valued), before, key, turn);
  }

  /** Makes the change that an edit's result asks for; `undefined` if it asks for none. */
  #changeTo(result, key, item, given, before, turn) {
    if (result === REMOVE) return new Removal(key);
    if (result === undefined && !item) return undefined;
    if (result === undefined) {
      const message = `The edit of item ${inspect(key)} returned undefined. Return the new value, or PersistLock.REMOVE to remove the item`;
      throw misuse(TypeError, 'INVALID_VALUE', message, { key });
    }
    const { value, json, length } = this.#codec.store(result, key);
    const change = new EditedItem(key, value, json, length, item?.stored);
    change.expires = this.#expiry(change, item, given, before, turn);
    return change;
  }

  /**
   * Makes the changes that the pairs of an edit of several keys ask for, as pairs of the key without
   * its prefix and the change; throws if one of the values cannot be stored.
   */
  #changesTo(result, items, given, turn) {
    const prefix = this.#prefix;
    return checkPairs(result, items, prefix).map(([key, value]) => {
      const { item, before } = items.get(key);
      return [key, this.#changeTo(value, prefix + key, item, given, before, turn)];
    });
  }

  /** Makes the change of an item that was not there, as of now: a blocking `make` takes time too. */
  #made(result, key, given) {
    if (result !== undefined && result !== REMOVE) {
      return this.#changeTo(result, key, undefined, given);
    }
    const message = `\`make\` returned ${inspect(result)} for item ${inspect(key)}. Return the value to store`;
    throw misuse(TypeError, 'INVALID_VALUE', message, { key });
  }
}

/** The edit of one item. Many thousands may wait at once, so it has no closure of its own. */
class ItemEdit extends Call {
  constructor(operations, key, edit, given, terms) {
    super(terms);
    this.operations = operations;
    this.key = key;
    this.edit = edit;
    this.given = given;
  }

  get keys() {
    return [this.key];
  }

  get keyTexts() {
    return [JSON.stringify(this.key)];
  }

  run(turn) {
    return this.operations.runEdit(turn, this);
  }
}

/** Describes an item to a callback, which gets this value of it. */
function describe({ expires }, value) {
  return { value, expires: expires === undefined ? null : new Date(expires) };
}

function isThenable(result) {
  return typeof result?.then === 'function';
}

/**
 * Makes a change; returns the key's new value as it is stored: without what JSON.stringify leaves
 * out, and shared with nobody.
 */
function apply(turn, change) {
  if (change instanceof Removal) turn.remove(change.key);
  else if (change !== undefined) turn.change(change);
  return change?.value;
}

/**
 * Makes a change in a later turn than the one that read the item. What is stored is read again: that
 * turn may have changed the item before, and the store may have been reopened since.
 */
function applyLater(turn, change) {
  if (change instanceof EditedItem) change.stored = turn.item(change.key)?.stored;
  return apply(turn, change);
}

/** Makes several changes; returns the new values by their keys. */
function applyAll(turn, changes, applyOne = apply) {
  const stored = new Map();
  for (const [key, change] of changes) {
    const value = applyOne(turn, change);
    if (value !== undefined) stored.set(key, value);
  }
  return stored;
}

function applyAllLater(turn, changes) {
  return applyAll(turn, changes, applyLater);
}

module.exports = { Operations, REMOVE };
