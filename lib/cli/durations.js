'use strict';

// Durations as texts: `1h30m`, `90s`, `500ms`.

const { UsageError } = require('./failures');

/** The units, the longest first, in milliseconds. */
const UNITS = Object.entries({
  w: 7 * 24 * 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  h: 60 * 60 * 1000,
  m: 60 * 1000,
  s: 1000,
  ms: 1,
});

/** Each unit at most once, in this order. */
const PATTERN = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d+(?:\\.\\d+)?)${unit})?`).join('')}$`);

/**
 * Parses a duration; returns whole milliseconds. A number without a unit is in milliseconds.
 *
 * @param {string} text
 * @param {string} name the subject of the error's message
 * @param {string} [others] the other texts that its caller takes
 */
function parseDuration(text, name, others = '') {
  const time = /^\d+$/.test(text) ? Number(text) : sumOf(PATTERN.exec(text));
  if (text !== '' && Number.isSafeInteger(time)) return time;
  const expected = `a time such as 500ms, 90s, 1h30m or 2d${others}`;
  throw new UsageError(`${name} must be ${expected}, not ${JSON.stringify(text)}`);
}

function sumOf(match) {
  if (match === null) return NaN;
  const [, ...numbers] = match;
  const times = UNITS.map(([, length], at) => Number(numbers[at] ?? 0) * length);
  return Math.round(times.reduce((sum, time) => sum + time, 0));
}

/** Writes a duration as `parseDuration` takes it. Parts of a second are left out of longer ones. */
function durationText(time) {
  if (time < 1000) return `${Math.max(Math.floor(time), 0)}ms`;
  let rest = time;
  const parts = UNITS.slice(0, -1).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('');
}

module.exports = { durationText, parseDuration };
