'use strict';

// The forms that a key has in the database: its bytes, the id of its row, and the numbers of its
// locks. The bytes are UTF-8, in which a lone surrogate takes the three bytes that it would have: so
// every string has its bytes, and their order is the order of listings.

const { createHash, hash } = require('node:crypto');

/** The most bytes of a key that is its row's id. An index refuses entries above 2 704 bytes. */
const LONGEST_ID = 800;

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** @returns {Buffer} */
function bytesOf(key) {
  if (key.isWellFormed()) return Buffer.from(key, 'utf8');
  const parts = [];
  let end = 0;
  for (const { 0: surrogate, index } of key.matchAll(LONE_SURROGATE)) {
    parts.push(Buffer.from(key.slice(end, index), 'utf8'), bytesOfSurrogate(surrogate));
    end = index + 1;
  }
  parts.push(Buffer.from(key.slice(end), 'utf8'));
  return Buffer.concat(parts);
}

function bytesOfSurrogate(surrogate) {
  const unit = surrogate.charCodeAt(0);
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
}

/** Gives the string of the bytes that `bytesOf` has made. */
function keyOfBytes(bytes) {
  let key = '';
  let end = 0;
  // The byte 0xed begins U+D000 to U+DFFF, of which the last half are surrogates.
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 3)) {
    const unit = 0xd000 | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f);
    key += bytes.toString('utf8', end, at) + String.fromCharCode(unit);
    end = at + 3;
  }
  return key + bytes.toString('utf8', end);
}

/** Gives the text of a `bytea`. */
function textOf(bytes) {
  return `\\x${bytes.toString('hex')}`;
}

/** Computes the SHA-256 of bytes: in one step, which takes half the time, where the runtime has it. */
const hashOf =
  hash === undefined
    ? (bytes) => createHash('sha256').update(bytes).digest()
    : (bytes) => hash('sha256', bytes, 'buffer');

function idOfBytes(bytes) {
  if (bytes.length <= LONGEST_ID) return bytes;
  return Buffer.concat([bytes.subarray(0, LONGEST_ID), hashOf(bytes)]);
}

/** The keys of a store: their ids and their locks. */
class Keys {
  /** The number of the lock W: shared in each turn, exclusive while all items are removed. */
  storeLock;
  /** The number of the lock L: shared while an instance has a lease, exclusive in `clear`. */
  leasesLock;
  /** The number of the lock C: exclusive in `clear`, which new leases wait for. */
  clearLock;
  /** The number of the lock under which tables are made. */
  schemaLock;
  #store;
  /** The forms of the key that was asked for last: a call asks for several of them. */
  #last = { key: undefined, bytes: undefined, id: undefined, lock: undefined };

  /** @param {import('./names').Names} names */
  constructor(names) {
    this.#store = `persist-lock\0${names.table}\0`;
    this.storeLock = this.#lockOf('store', '');
    this.leasesLock = this.#lockOf('leases', '');
    this.clearLock = this.#lockOf('clear', '');
    this.schemaLock = this.#lockOf('schema', '');
  }

  #lockOf(kind, bytes) {
    const named = Buffer.concat([Buffer.from(`${this.#store}${kind}\0`), Buffer.from(bytes)]);
    return hashOf(named).readBigInt64BE(0).toString();
  }

  #formsOf(key) {
    if (this.#last.key !== key) {
      this.#last = { key, bytes: bytesOf(key), id: undefined, lock: undefined };
    }
    return this.#last;
  }

  /** Gives the number of the lock X of a key, as a text. */
  lockOf(key) {
    const forms = this.#formsOf(key);
    return (forms.lock ??= this.#lockOf('key', forms.bytes));
  }

  /** Gives the number of a lock that nobody has, to try if locks lock. */
  probeLock(name) {
    return this.#lockOf('probe', name);
  }

  /** Gives the id of the row of a key, as a text of `bytea`. */
  idOf(key) {
    const forms = this.#formsOf(key);
    return (forms.id ??= textOf(idOfBytes(forms.bytes)));
  }

  /** Gives the column `key` of the row of a key: all of its bytes, or `null` if the id is the key. */
  columnOf(key) {
    const { bytes } = this.#formsOf(key);
    return bytes.length <= LONGEST_ID ? null : textOf(bytes);
  }

  /** Gives the key of a row with these columns. */
  keyOf(id, column = null) {
    return keyOfBytes(Buffer.from((column ?? id).slice(2), 'hex'));
  }

  /** Gives the least id of a key that is not less than this one; its bytes where they are no id. */
  boundOf(key) {
    return textOf(bytesOf(key).subarray(0, LONGEST_ID));
  }
}

module.exports = { Keys, LONGEST_ID, bytesOf, keyOfBytes, textOf };
