'use strict';

// The items of every store: keys and JSON values, the same in every run.

const { random } = require('../../__test__/support/random');

/** The default length of an item's JSON text, key and value, in bytes. */
const ITEM_BYTES = 150;

function keyOf(number) {
  return `item:${number}`;
}

/** The source of fillers: text that compresses badly. */
const FILLER = (() => {
  const { pick } = random(1);
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789 ';
  return Array.from({ length: 2 ** 16 }, () => pick(letters)).join('');
})();

function filler(number, length) {
  const start = (number * 131) % (FILLER.length / 2);
  return FILLER.repeat(Math.ceil((start + length) / FILLER.length)).slice(start, start + length);
}

/** Makes a value whose item has that many bytes of JSON. Edits increase `count`. */
function valueOf(number, bytes = ITEM_BYTES, count = 0) {
  const value = { id: number, count, tags: ['red', 'green'], active: true, text: '' };
  const length = bytes - JSON.stringify(value).length - keyOf(number).length;
  return { ...value, text: filler(number, Math.max(0, length)) };
}

/** Makes the items from `first` up to, but without, `last`, as pairs. */
function pairsOf(first, last, bytes) {
  return Array.from({ length: last - first }, (_, at) => [
    keyOf(first + at),
    valueOf(first + at, bytes),
  ]);
}

module.exports = { ITEM_BYTES, keyOf, pairsOf, valueOf };
