'use strict';

// Finds values of which JSON keeps nothing, and which it takes without an error: a promise that
// nobody awaited becomes `{}`, and so does a Map; NaN becomes null. Only the value itself is judged:
// what it contains is stored as JSON stores it.

const types = require('node:util/types');

const NOTHING = () => {};

const PROMISE = 'it is a promise. Did you forget `await`?';

/**
 * Tells why a value cannot be stored; `undefined` if JSON keeps it. `text` is its JSON text, if there
 * is one.
 */
function lossOf(value, text) {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `JSON has no ${value}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof value.then === 'function') return PROMISE;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === Array.prototype;
  const isEmptied = text === '{}' || text === 'null';
  // Without a look at `toJSON`, for each of many sets.
  if (isPlain && !isEmptied) return undefined;
  if (typeof value.toJSON === 'function') return isEmptied ? lossOfForm(value, text) : undefined;
  return isPlain ? undefined : lossOfObject(value, text);
}

/** Tells why the form that an object's `toJSON` gives cannot be stored. */
function lossOfForm(value, text) {
  const form = value.toJSON('');
  // JSON calls no `toJSON` of a form.
  if (typeof form !== 'object' || form === null) return lossOf(form, text);
  if (typeof form.then !== 'function') return lossOfObject(form, text);
  if (types.isPromise(form)) form.catch(NOTHING);
  return 'its `toJSON` returns a promise';
}

/** Tells why an object that is not a plain one of this realm cannot be stored. */
function lossOfObject(value, text) {
  if (types.isMap(value)) return 'JSON has no Map. Store `[...map]` or `Object.fromEntries(map)`';
  if (types.isSet(value)) return 'JSON has no Set. Store `[...set]`';
  if (types.isNumberObject(value)) return lossOf(Number(value), text);
  if (text !== '{}') return undefined;
  if (types.isTypedArray(value)) return undefined;
  if (isIterable(value)) return 'JSON keeps nothing of it. Store an array of its elements';
  const kind = kindOf(value);
  return kind === 'Object' ? undefined : `JSON keeps nothing of this ${kind}`;
}

/** Recognizes iterators, generators and collections. */
function isIterable(value) {
  const members = [value[Symbol.iterator], value[Symbol.asyncIterator], value.next];
  return members.some((member) => typeof member === 'function');
}

/**
 * Gives the kind of an object of the language or of the Web, of any realm, whose content is no
 * property: RegExp, Error, ArrayBuffer, Response, Blob. Objects of a program's own classes seldom
 * have another kind than Object.
 */
function kindOf(value) {
  return Object.prototype.toString.call(value).slice('[object '.length, -']'.length);
}

/**
 * Tells why a value cannot be given to a user's `stringify`, which may know Maps and NaN, but cannot
 * wait for a promise.
 */
function lossOfPromise(value) {
  return typeof value?.then === 'function' && types.isPromise(value) ? PROMISE : undefined;
}

/** Tells why a value with which a `stringify` has failed cannot be stored, if it is a thenable. */
function lossAfterError(value) {
  try {
    return typeof value?.then === 'function' ? PROMISE : undefined;
  } catch {
    // The object throws when it is read.
    return undefined;
  }
}

module.exports = { lossAfterError, lossOf, lossOfPromise };
