'use strict';

// Finds values of which JSON keeps nothing, and which it takes without an error: a promise that
// nobody awaited becomes `{}`, and so does a Map; NaN becomes null. Only the value itself is judged:
// what it contains is stored as JSON stores it.

const { inspect } = require('node:util');
const types = require('node:util/types');

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
  if (prototype === Object.prototype || prototype === Array.prototype) return undefined;
  return lossOfObject(value, text);
}

/** Tells why an object that is not a plain one of this realm cannot be stored. */
function lossOfObject(value, text) {
  if (typeof value.toJSON === 'function') return undefined;
  if (types.isMap(value)) return 'JSON has no Map. Store `[...map]` or `Object.fromEntries(map)`';
  if (types.isSet(value)) return 'JSON has no Set. Store `[...set]`';
  if (text !== '{}') return undefined;
  if (isIterable(value)) return 'JSON keeps nothing of it. Store an array of its elements';
  return isOpaque(value) ? `JSON keeps nothing of ${inspect(value, { depth: 0 })}` : undefined;
}

/** Recognizes iterators, generators and collections. An empty typed array is one that JSON keeps. */
function isIterable(value) {
  if (types.isTypedArray(value)) return false;
  const members = [value[Symbol.iterator], value[Symbol.asyncIterator], value.next];
  return members.some((member) => typeof member === 'function');
}

/** Recognizes objects of the language, of any realm, whose content is no property. */
function isOpaque(value) {
  return (
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isRegExp(value) ||
    types.isNativeError(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDataView(value) ||
    value instanceof WeakRef
  );
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
