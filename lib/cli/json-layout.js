'use strict';

// Valid JSON texts with other spaces. Everything else of a text stays, as long numbers must.

const { endOfString } = require('./json-text');

const SPACES = ' \t\r\n';
const PUNCTUATION = '{}[],:';

/** Cuts a JSON text into strings, literals and punctuation, without the spaces between them. */
function* tokensOf(text) {
  for (let at = 0, end; at < text.length; at = end) {
    const char = text[at];
    end = at + 1;
    if (SPACES.includes(char)) continue;
    if (char === '"') end = endOfString(text, at);
    else if (!PUNCTUATION.includes(char)) end = endOfLiteral(text, at);
    yield text.slice(at, end);
  }
}

function endOfLiteral(text, begin) {
  let end = begin;
  while (end < text.length && !`${SPACES}${PUNCTUATION}`.includes(text[end])) end++;
  return end;
}

/** Removes the spaces of a JSON text. */
function compact(text) {
  return [...tokensOf(text)].join('');
}

/** Puts each field and element on a line, indented by two spaces. */
function indented(text) {
  const parts = [];
  let depth = 0;
  let last = '';
  const breakLine = () => parts.push(`\n${'  '.repeat(depth)}`);
  for (const token of tokensOf(text)) {
    const isOpening = last === '{' || last === '[';
    if (token === '}' || token === ']') {
      depth--;
      if (!isOpening) breakLine();
    } else if (isOpening || last === ',') {
      breakLine();
    }
    parts.push(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth++;
    last = token;
  }
  return parts.join('');
}

module.exports = { compact, indented };
