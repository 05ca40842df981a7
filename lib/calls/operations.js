'use strict';

// The operations of calls: functions of a turn, which run once a call has its locks.
//
// The engine supplies the turn: `item(key, codec)`, `put`, `change`, `remove`, `keysWith(prefix)`,
// `removeAll`, `clear`, and `now`.

const { inspect } = require('node:util');
const { checkExpires, checkKey, expiryOf } = require('../arguments');
const { EditedItem, Removal, SetItem } = require('./changes');
const { misuse } = require('../errors');
const { callInside } = require('./context');
const { checkLength } = require('../codec');
const { Call, Suspended } = require('./call');

/**
 * The value that an edit returns to remove its item. Every copy of the package in a process has the
 * same one.
 */
const REMOVE = Symbol.for('PersistLock.REMOVE');

/** Stores a callback's result: at once, or as the engine decides if it is a promise. */
function finishWith(result, turn, finish) {
  if (typeof result?.then !== 'function') return finish(turn, result);
  return new Suspended(result, finish);
}

class Operations {
  #codec;
  #defaultTtl;
  #expiryOf;

  /**
   * @param {import('../codec').Codec} codec
   * @param {number | boolean | Date | null} [defaultTtl]
   * @param {typeof expiryOf} [rule] computes the expiry of a ttl
   */
  constructor(codec, defaultTtl, rule = expiryOf) {
    this.#codec = codec;
    this.#defaultTtl = defaultTtl;
    this.#expiryOf = rule;
  }

  /** Makes the change of a set. Its value is copied here. */
  set(key, value, ttl) {
    const expires =
      ttl === undefined && this.#defaultTtl === null
        ? undefined
        : this.#expiryOf(ttl, this.#defaultTtl, Date.now());
    return new SetItem(key, this.#codec.encode(value, key), expires);
  }

  update(key, value, ttl) {
    const json = this.#codec.encode(value, key);
    const given = this.#given(ttl);
    return (turn) => turn.put(key, json, this.#expiry(turn, turn.item(key, this.#codec), given));
  }

  /** Makes the call that edits an item. */
  edit(key, edit, ttl, terms) {
    return new ItemEdit(this, key, edit, this.#given(ttl), terms);
  }

  /** Runs such a call. */
  runEdit(turn, { key, edit, given }) {
    const item = turn.item(key, this.#codec);
    const store = (into, result) => apply(into, this.#changeTo(into, result, key, item, given));
    return finishWith(callInside(edit, item?.value), turn, store);
  }

  /** The callback and the result have the keys without their prefix. */
  editAll(keys, edit, ttl, prefix = '') {
    const given = this.#given(ttl);
    return (turn) => {
      const items = new Map(keys.map((key) => [key, turn.item(prefix + key, this.#codec)]));
      const store = (into, result) => this.#storeAll(into, items, result, given, prefix);
      const values = keys.map((key) => [key, items.get(key)?.value]);
      return finishWith(callInside(edit, new Map(values)), turn, store);
    };
  }

  view(key, view) {
    const seen = (_, result) => result;
    return (turn) => finishWith(callInside(view, turn.item(key, this.#codec)?.value), turn, seen);
  }

  /**
   * Puts items, whatever is there. An item is `{ key, value }`, or `{ key, json }` if its value is
   * encoded already; with `expires`, in milliseconds since 1970, if it expires.
   */
  putAll(items) {
    const encoded = items.map(({ key, value, json, expires }) => {
      const name = checkKey(key);
      if (json !== undefined) checkLength(name, json.length);
      return [name, json ?? this.#codec.encode(value, name), checkExpires(expires)];
    });
    return (turn) => {
      for (const item of encoded) turn.put(...item);
    };
  }

  /**
   * Computes the expiry that a call was given; `undefined` for none, since an edit keeps the item's
   * expiry then.
   */
  #given(ttl) {
    return ttl === undefined ? undefined : { expires: this.#expiryOf(ttl, null, Date.now()) };
  }

  #expiry(turn, item, given) {
    if (given) return given.expires;
    return item ? item.expires : this.#expiryOf(undefined, this.#defaultTtl, turn.now);
  }

  /**
   * Stores the pairs that an edit of several keys returned; none of them if one value cannot be
   * stored.
   */
  #storeAll(turn, items, result, given, prefix) {
    const changes = checkPairs(result, items, prefix).map(([key, value]) => [
      key,
      this.#changeTo(turn, value, prefix + key, items.get(key), given),
    ]);
    const stored = new Map();
    for (const [key, change] of changes) {
      const value = apply(turn, change);
      if (value !== undefined) stored.set(key, value);
    }
    return stored;
  }

  /** Makes the change that an edit's result asks for; `undefined` if it asks for none. */
  #changeTo(turn, result, key, item, given) {
    if (result === REMOVE) return new Removal(key);
    if (result === undefined && !item) return undefined;
    if (result === undefined) {
      const message = `The edit of item ${inspect(key)} returned undefined. Return the new value, or PersistLock.REMOVE to remove the item`;
      throw misuse(TypeError, 'INVALID_VALUE', message, { key });
    }
    const { value, json, length } = this.#codec.store(result, key);
    return new EditedItem(key, value, json, length, this.#expiry(turn, item, given));
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
 * Checks the pairs that an edit of several keys returned: of these keys alone. Returns the last
 * pair of each key.
 */
function checkPairs(result, items, prefix) {
  if (result === undefined && [...items.values()].every((item) => item === undefined)) return [];
  const pairs = new Map();
  for (const pair of iterable(result) ? result : [undefined]) {
    if (!iterable(pair)) {
      const message = `The edit must return a Map or an array of pairs. Received ${inspect(result)}`;
      throw misuse(TypeError, 'INVALID_VALUE', message);
    }
    const [key, value] = pair;
    const name = checkKey(key);
    if (!items.has(name)) {
      const message = `The edit returned a value for ${inspect(name)}, which is not one of its keys`;
      throw misuse(TypeError, 'INVALID_KEY', message, { key: prefix + name });
    }
    pairs.set(name, value);
  }
  return [...pairs];
}

function iterable(value) {
  return typeof value === 'object' && typeof value?.[Symbol.iterator] === 'function';
}

module.exports = { Operations, REMOVE };
