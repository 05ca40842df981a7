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
  return element === null ? 'NULL' : `"${element.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Gives the text of an array of numbers, without the cost of quotes.
 * @param {(string | number | bigint | null)[]} elements
 */
function numbersOf(elements) {
  return `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}

module.exports = { arrayOf, numbersOf };
