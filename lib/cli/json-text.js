'use strict';

// Checks JSON text for parts that `JSON.parse` would ignore or change: duplicate fields, and numbers
// that become infinite. The text itself is kept: parsing and writing it again would change long
// numbers and `-0`.

/** A depth that no runtime has a problem with. */
const SURELY_SHALLOW = 500;
const SHOWN = 40;

/** The reason for which a text is refused: the end of a sentence that begins with its name. */
class BadText extends Error {}

/**
 * Checks a JSON text.
 *
 * @param {string} text
 * @returns {{ value: unknown, fields: Map<string, string> }}
 *   the result of `JSON.parse`, and, if it is an object, the text of each of its fields
 */
function checkJSON(text) {
  const value = parse(text);
  const { fields, depth } = new Scan(text).run();
  if (depth > SURELY_SHALLOW) tellDepth(() => JSON.stringify(value));
  return { value, fields };
}

/** Removes the line breaks of a JSON text. Valid JSON has none in strings and needs none between. */
function onOneLine(text) {
  return text.trim().replace(/[\r\n][ \t\r\n]*/g, '');
}

function parse(text) {
  return tellDepth(() => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new BadText(`is not JSON: ${cause.message}`, { cause });
    }
  });
}

/** Runs a function; a `RangeError` of it means that values are nested too deeply for the stack. */
function tellDepth(use) {
  try {
    return use();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new BadText('is nested too deeply', { cause });
  }
}

/** A walk through a text that is valid JSON. */
class Scan {
  #text;
  #at = 0;
  /** The names in each open object, outermost first; `null` for an array. */
  #open = [];
  #depth = 0;
  #isName = false;
  /** The fields of the outermost object, the name of the last one, and the beginning of its text. */
  #fields = new Map();
  #field;
  #begin;

  constructor(text) {
    this.#text = text;
  }

  run() {
    const text = this.#text;
    while (this.#at < text.length) this.#step(text[this.#at]);
    return { fields: this.#fields, depth: this.#depth };
  }

  #step(char) {
    if (char === '"') this.#string();
    else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    else {
      if (char === '{' || char === '[') this.#enter(char === '{' ? new Set() : null);
      else if (char === '}' || char === ']') this.#leave();
      else if (char === ',') this.#comma();
      else if (char === ':' && this.#open.length === 1) this.#begin = this.#at + 1;
      this.#at++;
    }
  }

  #enter(names) {
    this.#open.push(names);
    this.#depth = Math.max(this.#depth, this.#open.length);
    this.#isName = names !== null;
  }

  #leave() {
    this.#endField();
    this.#open.pop();
    this.#isName = false;
  }

  #comma() {
    this.#endField();
    this.#isName = this.#open.at(-1) !== null;
  }

  #endField() {
    if (this.#open.length !== 1 || this.#field === undefined) return;
    this.#fields.set(this.#field, this.#text.slice(this.#begin, this.#at));
    this.#field = undefined;
  }

  #string() {
    const begin = this.#at;
    this.#at = endOfString(this.#text, begin);
    if (!this.#isName) return;
    this.#isName = false;
    // Two spellings may be one name.
    const name = JSON.parse(this.#text.slice(begin, this.#at));
    const names = this.#open.at(-1);
    if (names.has(name)) throw new BadText(`has the field ${JSON.stringify(name)} twice`);
    names.add(name);
    if (this.#open.length === 1) this.#field = name;
  }

  #number() {
    const begin = this.#at;
    while ('0123456789.eE+-'.includes(this.#text[this.#at] ?? ' ')) this.#at++;
    const number = this.#text.slice(begin, this.#at);
    if (Number.isFinite(Number(number))) return;
    const shown = number.length > SHOWN ? `${number.slice(0, SHOWN)}…` : number;
    throw new BadText(`has a number that is too large: ${shown}`);
  }
}

/** Finds the end of the string that begins at a place. */
function endOfString(text, begin) {
  for (let at = begin + 1; ; at++) {
    at = text.indexOf('"', at);
    let escapes = 0;
    while (text[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
}

module.exports = { BadText, checkJSON, endOfString, onOneLine };
