'use strict';

// Arrays in the binary form of PostgreSQL, for statements that take many keys in one parameter: nothing
// in them is escaped, and the server need not parse them.

/** The bytes before the elements, and those of an array without any. */
const HEADER = 20;
const EMPTY_HEADER = 12;

/** The elements that are texts. */
const TEXT = {
  sizeOf: (text) => Buffer.byteLength(text),
  write: (bytes, text, at) => at + bytes.write(text, at),
};

/** The types, with the numbers that they have in every server. */
const TYPES = {
  bool: {
    oid: 16,
    sizeOf: () => 1,
    write: (bytes, is, at) => bytes.writeUInt8(is ? 1 : 0, at),
  },
  // Elements are texts of `bytea`, as keys have them.
  bytea: {
    oid: 17,
    sizeOf: ({ length }) => (length - 2) / 2,
    write: (bytes, text, at) => at + bytes.write(text.slice(2), at, 'hex'),
  },
  bigint: {
    oid: 20,
    sizeOf: () => 8,
    write: (bytes, number, at) => bytes.writeBigInt64BE(BigInt(number), at),
  },
  text: { oid: 25, ...TEXT },
  json: { oid: 114, ...TEXT },
  float8: {
    oid: 701,
    sizeOf: () => 8,
    write: (bytes, number, at) => bytes.writeDoubleBE(number, at),
  },
};

/**
 * Makes an array.
 *
 * @param {keyof typeof TYPES} type that of the elements in the statement
 * @param {unknown[]} elements texts, numbers or truth values, and `null`
 * @returns {Buffer}
 */
function arrayOf(type, elements) {
  const { oid, sizeOf, write } = TYPES[type];
  if (elements.length === 0) return header(EMPTY_HEADER, oid, 0);
  let size = HEADER;
  for (const element of elements) size += 4 + (element === null ? 0 : sizeOf(element));
  const bytes = header(size, oid, elements.length);
  let at = HEADER;
  for (const element of elements) {
    const start = at + 4;
    const end = element === null ? start : write(bytes, element, start);
    bytes.writeInt32BE(element === null ? -1 : end - start, at);
    at = end;
  }
  return bytes;
}

/** Makes the bytes of an array with its header: of one dimension, perhaps with nulls, counted from 1. */
function header(size, oid, length) {
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(oid, 8);
  if (length === 0) return bytes;
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}

/** Makes an array, or `null` for one without values, which `unnest` fills with as many nulls. */
function sparseArrayOf(type, elements) {
  return elements.every((element) => element === null) ? null : arrayOf(type, elements);
}

module.exports = { arrayOf, sparseArrayOf };
