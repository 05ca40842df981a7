// Makes texts for people of values that anybody may have stored.

/**
 * Characters that cannot be seen, or that would change the order of those around them: controls,
 * joiners, marks of direction, and halves of surrogate pairs.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Shows each hidden character as its escape. */
export function visible(text) {
  return text.replace(HIDDEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Cuts a text off, not inside a surrogate pair, so that a text of 10 MB is not drawn. */
export function shortened(text, most) {
  if (text.length <= most) return visible(text);
  const end = /[\ud800-\udbff]/.test(text[most - 1]) ? most - 1 : most;
  return `${visible(text.slice(0, end))}…`;
}

/** The most characters of a key that are drawn. */
const LONGEST_KEY = 300;

/** Shows a key, or the part of one that a row has. */
export function keyText(key) {
  return key === '' ? '(empty key)' : shortened(key, LONGEST_KEY);
}

const NUMBER = new Intl.NumberFormat('en').format;

export function numberText(number) {
  return NUMBER(number).replaceAll(',', '\u202f');
}

/** Writes a number with its noun: `1 item`, `2 items`. */
export function countText(number, noun) {
  return `${numberText(number)} ${noun}${number === 1 ? '' : 's'}`;
}

const SIZES = ['', 'kB', 'MB', 'GB', 'TB'];

export function sizeText(bytes) {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < SIZES.length - 1; unit++) size /= 1000;
  return unit === 0 ? countText(size, 'byte') : `${size.toFixed(1)} ${SIZES[unit]}`;
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
];

/** Writes a time that is left, or has passed, by its two greatest units. */
export function durationText(milliseconds) {
  const first = UNITS.findIndex(([length]) => milliseconds >= length);
  if (first === -1) return '0s';
  const parts = [];
  let rest = milliseconds;
  for (const [length, unit] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ');
}

/** Writes a short time with a fraction: `3.2 ms`, `1.4 s`. */
export function fineText(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

export function clockText(time) {
  return new Date(time).toLocaleTimeString('en-GB');
}

export function dateText(time) {
  return new Date(time).toLocaleString('sv-SE');
}
