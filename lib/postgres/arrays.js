'use strict';

// Texts of PostgreSQL's arrays, for statements that take many keys in one parameter.

/**
 * Gives the text of an array of texts: of any type but numbers, `bytea` included.
 * @param {(string | null)[]} elements
 */
function arrayOf(elements) {
  return `{${elements.map(quoted).join(',')}}`;
}

function quoted(element) {
  return element === null ? 'NULL' : `"${escaped(element)}"`;
}

/** The characters of which so many are escaped at once: V8 ends the process if some 40 million match. */
const PART = 2 ** 22;

function escaped(text) {
  let result = '';
  for (let at = 0; at < text.length; at += PART) {
    const part = text.length > PART ? text.slice(at, at + PART) : text;
    result += part.replace(/["\\]/g, '\\$&');
  }
  return result;
}

/**
 * Gives the text of an array of numbers, without the cost of quotes.
 * @param {(string | number | bigint | null)[]} elements
 */
function numbersOf(elements) {
  return `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}

module.exports = { arrayOf, numbersOf };
