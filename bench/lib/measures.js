'use strict';

// What can be measured: a name, a unit, and how it is said. Less is better everywhere but in `share`.

const MEASURES = {
  time: { title: 'time', unit: 'µs' },
  firstPass: { title: 'first time that an item is read', unit: 'µs' },
  longest: { title: 'longest', unit: 'ms' },
  share: { title: 'the slowest process, of the mean', unit: '' },
  pause: { title: 'longest stretch', unit: 'ms' },
  pauseWithCalls: { title: 'with the calls themselves', unit: 'ms' },
  opening: { title: 'opening', unit: 'ms' },
  memory: { title: 'own memory', unit: 'B an item' },
  resident: { title: 'with mapped files', unit: 'B an item' },
  loading: { title: 'loading', unit: 'ms' },
  native: { title: 'native file', unit: 'MB' },
  size: { title: 'files when closed, of the live data', unit: '×' },
  compacted: { title: 'after compaction', unit: '×' },
};

/** A number with three digits that count, as a person would write it. */
function shown(number) {
  if (number === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  const [whole, fraction] = number.toFixed(Math.min(digits, 3)).split('.');
  return fraction === undefined ? inThousands(whole) : `${inThousands(whole)}.${fraction}`;
}

/** A whole number in groups of three digits. */
function inThousands(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function shownWithUnit(number, measure) {
  const { unit } = MEASURES[measure];
  return unit ? `${shown(number)} ${unit}` : shown(number);
}

module.exports = { MEASURES, inThousands, shown, shownWithUnit };
