'use strict';

// The order of keys in listings.

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Compares two keys by their characters: the order of their bytes in UTF-8, in which a lone surrogate
 * takes the three bytes that it would have. JavaScript compares code units, so that a pair comes
 * before U+E000.
 */
function inOrder(one, other) {
  if (!SURROGATE.test(one) && !SURROGATE.test(other)) return one < other ? -1 : Number(one > other);
  const [first, second] = [one, other].map((key) => Array.from(key, (part) => part.codePointAt(0)));
  const at = first.findIndex((point, index) => point !== second[index]);
  if (at === -1) return first.length - second.length;
  return first[at] - (second[at] ?? -1);
}

/** Compares two entries by their keys. */
function entriesInOrder([one], [other]) {
  return inOrder(one, other);
}

module.exports = { entriesInOrder, inOrder };
