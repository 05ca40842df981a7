'use strict';

// JSON texts that the native side hands over joined by commas: one parse for many values, or none.

const { corruptError, parseJSON } = require('../codec');

/**
 * Parses so many JSON texts. A file that a stranger has written may hold a text that is more than
 * one, or none.
 */
function parseList(texts, count, key) {
  const list = parseJSON(`[${texts}]`, key);
  if (list.length === count) return list;
  throw corruptError('there is a comma between no values', { key });
}

/** Parses so many arrays, each of the same length. */
function parseTuples(texts, count, length) {
  const list = parseList(texts, count);
  if (list.every((tuple) => tuple.length === length)) return list;
  throw corruptError('there is a comma between no values', {});
}

/**
 * Parses so many keys. The native side has checked that they are keys, so most need only be split.
 */
function parseKeys(texts, count) {
  if (count === 0) return [];
  return texts.includes('\\') ? parseList(texts, count) : texts.slice(1, -1).split('","');
}

/** Splits the text of a value and that of its expiry, which may be `null`. Parses no value. */
function itemOf(texts) {
  const comma = texts.lastIndexOf(',');
  const expires = texts.slice(comma + 1);
  return {
    json: texts.slice(0, comma),
    expires: expires === 'null' ? undefined : Number(expires),
  };
}

module.exports = { itemOf, parseKeys, parseList, parseTuples };
