// Cuts a JSON text into the lines that it has when it is indented, without a parse: numbers keep their
// digits, and a text nested a million times deep needs no stack.

/**
 * The lines of a text: four arrays with a number for each line. `starts` and `ends` are places in the
 * text. `closers` has, for a line that opens an object or array, the line that closes it, and
 * otherwise 0.
 *
 * @typedef {{ depths: number[], starts: number[], ends: number[], closers: number[] }} Lines
 */

/** Cuts a valid JSON text into lines. @returns {Lines} */
export function linesOf(text) {
  const cutter = new Cutter(text);
  cutter.run();
  return cutter.lines;
}

class Cutter {
  lines = { depths: [], starts: [], ends: [], closers: [] };
  #text;
  #at = 0;
  /** The beginning of the line under way; -1 between lines. */
  #start = -1;
  /** The lines that have opened something, innermost last. */
  #open = [];

  constructor(text) {
    this.#text = text;
  }

  run() {
    const text = this.#text;
    while (this.#at < text.length) this.#step(text[this.#at]);
    this.#end(this.#at);
  }

  #step(char) {
    if (char === ' ' || char === '\n' || char === '\r' || char === '\t') {
      this.#at++;
    } else if (char === ',') {
      this.#end(++this.#at);
    } else if (char === '}' || char === ']') {
      this.#close();
    } else {
      if (this.#start < 0) this.#start = this.#at;
      if (char === '"') this.#at = endOfString(this.#text, this.#at);
      else if (char === '{' || char === '[') this.#enter();
      else this.#at++;
    }
  }

  #enter() {
    const closer = firstAfter(this.#text, this.#at + 1);
    // An empty one stays on its line.
    if ('}]'.includes(this.#text[closer])) {
      this.#at = closer + 1;
      return;
    }
    this.#end(++this.#at);
    this.#open.push(this.lines.starts.length - 1);
  }

  #close() {
    this.#end(this.#at);
    this.lines.closers[this.#open.pop()] = this.lines.starts.length;
    this.#start = this.#at++;
  }

  /** Ends the line under way. */
  #end(at) {
    if (this.#start < 0) return;
    const { depths, starts, ends, closers } = this.lines;
    depths.push(this.#open.length);
    starts.push(this.#start);
    ends.push(at);
    closers.push(0);
    this.#start = -1;
  }
}

function firstAfter(text, begin) {
  let at = begin;
  while (' \n\r\t'.includes(text[at]) && at < text.length) at++;
  return at;
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

/** Puts each line of a text on its own, indented; `undefined` if that is longer than `most`. */
export function indented(text, most = Infinity) {
  const { depths, starts, ends } = linesOf(text);
  const parts = [];
  let length = 0;
  for (const [line, depth] of depths.entries()) {
    length += 2 * depth + ends[line] - starts[line] + 2;
    if (length > most) return undefined;
    parts.push(' '.repeat(2 * depth) + spaced(text.slice(starts[line], ends[line]).trimEnd()));
  }
  return parts.join('\n');
}

/** Puts a space after the colon of a field. */
function spaced(line) {
  if (line[0] !== '"') return line;
  const end = endOfString(line, 0);
  const rest = line.slice(end).trimStart();
  return rest[0] === ':' ? `${line.slice(0, end)}: ${rest.slice(1).trimStart()}` : line;
}

const TOKEN = /"(?:[^"\\]|\\.)*"?|[-+.\w]+|[{}[\],:]|[^]/g;

/** Cuts the text of a line, or its beginning, into tokens: pairs of a kind and a text. */
export function tokensOf(line) {
  const tokens = [];
  for (const [text] of line.matchAll(TOKEN)) tokens.push([kindOf(text), text]);
  // The string before a colon is the name of a field.
  const isField =
    tokens[0]?.[0] === 'string' && tokens.find(([, text]) => text.trim() !== '' && text[0] !== '"');
  if (isField && isField[1] === ':') tokens[0][0] = 'name';
  return tokens;
}

function kindOf(text) {
  if (text[0] === '"') return 'string';
  if (/^[-\d]/.test(text)) return 'number';
  return /^\w/.test(text) ? 'literal' : 'mark';
}
