'use strict';

// The files of node-persist 0.0 and 1.0. Each has the bare value of an item, as `stringify` wrote it.
// Version 0.0 names a file by the key, 1.0 by the key in base64. The expiry is in a file of the same
// name in a second folder, `<dir>-ttl`.
//
// Such a file says nothing of its key, so only its name can tell which version wrote it.

const fs = require('node:fs');
const path = require('node:path');
const { isExhausted, readText } = require('./file-text');
const { expiryOfFile } = require('./ttl');

/** The text by which version 1 replaces the slashes of base64. */
const SLASH = '__SLASH__';
/** Keys as programs choose them. The base64 of such a key is hardly ever a key of version 0.0. */
const PLAUSIBLE_KEY = /^(?=.*[A-Za-z])[\w .:/@-]+$/;

/** For a file that another program has removed meanwhile. */
const NO_ERROR = { throwIfNoEntry: false };

const NOT_NAMED = 'it is not named as node-persist names its files';

/** Names the file of a key as version 1 does. Of a character beyond latin1 it keeps the last byte. */
function encodeName(key) {
  return Buffer.from(String(key), 'latin1').toString('base64').replaceAll('/', SLASH);
}

/** Gives the key of a file of version 1. */
function decodeName(name) {
  return Buffer.from(name.replaceAll(SLASH, '/'), 'base64').toString('latin1');
}

function isEncoded(name) {
  return encodeName(decodeName(name)) === name;
}

/** Tells if version 1 wrote files of these names. */
function areEncoded(names) {
  if (!names.every(isEncoded)) return false;
  // Padding hardly ends a key of version 0.0.
  return (
    names.some((name) => name.endsWith('=')) ||
    names.every((name) => PLAUSIBLE_KEY.test(decodeName(name)))
  );
}

/** Lists the entries of a folder in `dir`, by their paths in `dir`. */
function namesIn(dir, folder) {
  return fs.readdirSync(path.join(dir, folder)).map((name) => path.join(folder, name));
}

/** Lists the files in a folder and below it, as node-persist 0.0 made them of keys with slashes. */
function* filesBelow(dir, names) {
  for (const name of names) {
    const isFolder = fs.lstatSync(path.join(dir, name), NO_ERROR)?.isDirectory();
    if (!isFolder) yield name;
    else yield* filesBelow(dir, namesIn(dir, name));
  }
}

class OldFiles {
  items = [];
  skipped = [];
  /** True if files were taken for those of version 0.0 by their texts alone. */
  isGuessed = false;
  #dir;
  #codec;
  #parse;
  #encoding;
  #withoutExpiries;

  /**
   * @param {string} dir
   * @param {object} how
   * @param {import('./datum-codec').DatumCodec} how.codec makes the text that a value is stored as
   * @param {(text: string) => unknown} how.parse
   * @param {BufferEncoding} how.encoding
   * @param {boolean} [how.withoutExpiries]
   */
  constructor(dir, { codec, parse, encoding, withoutExpiries = false }) {
    this.#dir = dir;
    this.#codec = codec;
    this.#parse = parse;
    this.#encoding = encoding;
    this.#withoutExpiries = withoutExpiries;
  }

  /**
   * Reads the files of these names; yields between two of them.
   *
   * @param {string[]} names
   * @param {0 | 1} [version]
   *   the version that wrote them. Without it the names and texts tell: those of 0.0 differ from foreign
   *   files by their texts alone, so one that `parse` refuses makes all of them foreign
   */
  *read(names, version) {
    if (version === 1 || (version === undefined && areEncoded(names))) {
      yield* this.#readEncoded(names);
      return;
    }
    const isGuess = version === undefined;
    // A pair of the program's own may take any text for its own.
    if (isGuess && this.#parse !== JSON.parse) {
      this.skip(names);
      return;
    }
    yield* this.#readPlain(names, isGuess);
    if (isGuess && this.skipped.length > 0) {
      this.items = [];
      this.skipped = [];
      this.skip(names);
    }
    this.isGuessed = isGuess && this.items.length > 0;
  }

  /** Skips foreign files. */
  skip(names) {
    for (const file of names) this.skipped.push({ file, reason: NOT_NAMED });
  }

  *#readEncoded(names) {
    for (const name of names) {
      yield;
      if (isEncoded(name)) this.#take(name, decodeName(name));
      else this.skip([name]);
    }
  }

  *#readPlain(names, endsAtFault) {
    for (const name of filesBelow(this.#dir, names)) {
      yield;
      this.#take(name, name.replaceAll(path.sep, '/'));
      if (endsAtFault && this.skipped.length > 0) return;
    }
  }

  #take(name, key) {
    const file = path.join(this.#dir, name);
    try {
      const value = this.#valueIn(file);
      const json = this.#codec.encode(value, key);
      this.items.push({ key, json, expires: this.#expiryOf(name) });
    } catch (error) {
      if (isExhausted(error)) throw error;
      if (error.code !== 'ENOENT') this.skipped.push({ file: name, reason: error.message });
    }
  }

  #valueIn(file) {
    const parse = this.#parse;
    return parse(readText(file, this.#encoding));
  }

  /** Reads the expiry of an item, if it has any. */
  #expiryOf(name) {
    if (this.#withoutExpiries) return undefined;
    try {
      return expiryOfFile(this.#valueIn(path.join(`${this.#dir}-ttl`, name)));
    } catch (error) {
      if (isExhausted(error)) throw error;
      return undefined;
    }
  }
}

module.exports = { OldFiles, decodeName, encodeName };
