'use strict';

// The parameters of each call, and the check that a call is given no more arguments than these.

const { misuse, shown } = require('./errors');

/** The parameters of the constructors and of each call. A blocking call has those of its twin. */
const PARAMETERS = {
  constructor: ['dir', 'options'],
  constructorOverPostgres: ['place', 'options'],
  init: [],
  sub: ['prefix'],
  getItem: ['key'],
  getItems: ['keys'],
  getOrSet: ['key', 'make', 'options'],
  getExpiry: ['key'],
  hasItem: ['key'],
  setItem: ['key', 'value', 'options'],
  setItems: ['entries', 'options'],
  updateItem: ['key', 'value', 'options'],
  touch: ['key', 'ttl'],
  editItem: ['key', 'edit', 'options'],
  editItems: ['keys', 'edit', 'options'],
  viewItem: ['key', 'view', 'options'],
  removeItem: ['key'],
  removeItems: ['keys'],
  clear: ['options'],
  keys: ['options'],
  values: ['options'],
  entries: ['options'],
  length: ['options'],
  watch: ['options'],
  valuesWithKeyMatch: ['match', 'options'],
  forEach: ['callback', 'options'],
  iterate: ['options'],
  removeExpiredItems: [],
  compact: [],
  stats: [],
  locks: [],
  backup: ['file'],
  close: [],
};

/**
 * Checks that a call was given no more arguments than it has parameters: it would ignore the others,
 * whatever its caller expects of them. Any number of `undefined` may follow.
 *
 * @param {string} name the name of the call, or of the constructor in `PARAMETERS`
 * @param {ArrayLike<unknown>} given
 */
function checkCount(name, given) {
  if (given.length === 0) return;
  const parameters = PARAMETERS[name.replace(/Sync$/, '')];
  if (given.length > parameters.length) refuseMore(name, given);
}

/** Throws the error of a call that was given more arguments than it has parameters. */
function refuseMore(name, given) {
  const parameters = PARAMETERS[name.replace(/Sync$/, '')];
  const rest = Array.prototype.slice.call(given, parameters.length);
  const surplus = rest.find((value) => value !== undefined);
  if (surplus === undefined) return;
  const list = `(${parameters.join(', ')})`;
  const isMethod = !name.startsWith('constructor');
  const call = isMethod ? `${name}${list}` : `new PersistLock${list}`;
  // As `array.map(store.getItem, store)` and `process.on('exit', store.close.bind(store))` do.
  const advice = `. If a method of an array or an event adds it, wrap the call: ${list} => store.${name}${list}`;
  const message = `\`${call}\` takes no further arguments. Received also ${shown(surplus)}${isMethod ? advice : ''}`;
  throw misuse(TypeError, 'INVALID_ARGUMENT', message);
}

module.exports = { checkCount, refuseMore };
