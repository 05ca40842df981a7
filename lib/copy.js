'use strict';

// Copies of values without JSON, which takes several times as long: of those that are just what JSON would make of them, and
// small. It knows nothing of what they are for.

/** How many characters and values a copied value may have, and how deep they may lie: beyond that JSON is the safer way. */
const LARGEST = 2 ** 16;
const DEEPEST = 64;

let room;

/** A copy of a value, the one that `JSON.parse(JSON.stringify(value))` would be; `undefined` where only JSON can tell. */
function copyOf(value) {
  room = LARGEST;
  return copy(value, 0);
}

/** The number of characters and values that the last copy has. */
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
    // To assign what is inherited, as `__proto__` is, may do something else, or fail.
    if (name in Object.prototype) return undefined;
    const property = copy(object[name], depth);
    if (property === undefined) return undefined;
    copied[name] = property;
  }
  return copied;
}

module.exports = { LARGEST, copyOf, lengthOfCopy };
