'use strict';

// Copies of small values without JSON, which takes several times as long. Only of values that JSON
// would copy without a change.

/**
 * The largest number of characters and values in a copied value, and its greatest depth. Beyond
 * these, JSON is safer.
 */
const LARGEST = 2 ** 16;
const DEEPEST = 64;

let room;

/**
 * Copies a value as `JSON.parse(JSON.stringify(value))` does; returns `undefined` if only JSON can
 * tell.
 */
function copyOf(value) {
  room = LARGEST;
  return copy(value, 0);
}

/** Returns the number of characters and values of the last copy. */
function lengthOfCopy() {
  return LARGEST - room;
}

function copy(value, depth) {
  switch (typeof value) {
    case 'string':
      room -= value.length;
      return room < 0 ? undefined : value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : copyObject(value, depth);
    default:
      return undefined;
  }
}

function copyObject(value, depth) {
  if (--room < 0 || depth === DEEPEST || value.toJSON !== undefined) return undefined;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return copyElements(value, depth + 1);
  return prototype === Object.prototype ? copyProperties(value, depth + 1) : undefined;
}

function copyElements(array, depth) {
  const copied = [];
  for (let at = 0; at < array.length; at++) {
    const element = copy(array[at], depth);
    if (element === undefined) return undefined;
    copied.push(element);
  }
  return copied;
}

function copyProperties(object, depth) {
  const copied = {};
  for (const name of Object.keys(object)) {
    // Assigning an inherited name such as `__proto__` may call a setter, or fail.
    if (name in Object.prototype) return undefined;
    const property = copy(object[name], depth);
    if (property === undefined) return undefined;
    copied[name] = property;
  }
  return copied;
}

/**
 * Copies the result of `copyOf`, in half the time: nothing in it needs to be checked again.
 */
function copyAgain(value) {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return copyElementsAgain(value);
  const copied = { ...value };
  // The loop meets inherited names too, if a program adds some to Object.prototype.
  for (const name in copied) {
    const property = copied[name];
    if (isObject(property) && Object.hasOwn(copied, name)) copied[name] = copyAgain(property);
  }
  return copied;
}

function copyElementsAgain(array) {
  const copied = array.slice();
  for (let at = 0; at < copied.length; at++) {
    const element = copied[at];
    if (isObject(element)) copied[at] = copyAgain(element);
  }
  return copied;
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

/** Marks a value without properties of its own: an array, or no object. */
const NO_PROPERTIES = [];

/**
 * A result of `copyOf` that is copied often. It learns the names of the objects in it by the first
 * copy; each later one takes less than half the time of `copyAgain`.
 */
class Original {
  #value;
  /** The names of the properties that are objects; `undefined` before the first copy. */
  #nested;

  constructor(value) {
    this.#value = value;
  }

  copy() {
    const nested = (this.#nested ??= namesOfObjects(this.#value));
    if (nested === NO_PROPERTIES) return copyAgain(this.#value);
    const copied = { ...this.#value };
    for (const name of nested) copied[name] = copyAgain(copied[name]);
    return copied;
  }
}

/** The last list of names: most values of a store have the same, and share it. */
let lastNames = [];

/** Lists the names of the properties that are objects. */
function namesOfObjects(value) {
  if (!isObject(value) || Array.isArray(value)) return NO_PROPERTIES;
  const names = Object.keys(value).filter((name) => isObject(value[name]));
  const isLast =
    names.length === lastNames.length && names.every((name, at) => name === lastNames[at]);
  if (!isLast) lastNames = names;
  return lastNames;
}

module.exports = { LARGEST, Original, copyAgain, copyOf, lengthOfCopy };
