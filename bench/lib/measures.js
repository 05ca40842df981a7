'use strict';

// The measures: a name, a title and a unit. Lower is better, except in `share`.

const MEASURES = {
  time: { title: 'time', unit: 'µs' },
  flushes: { title: 'flushes of the device, each', unit: '' },
  longest: { title: 'longest', unit: 'ms' },
  share: { title: 'the slowest process, of the mean', unit: '' },
  pause: { title: 'longest stretch', unit: 'ms' },
  pauseWithCalls: { title: 'with the calls themselves', unit: 'ms' },
  opening: { title: 'opening', unit: 'ms' },
  making: { title: 'making a store', unit: 'ms' },
  descriptors: { title: 'descriptors, of a store', unit: '' },
  perStore: { title: 'memory, of a store', unit: 'KB' },
  memory: { title: 'own memory', unit: 'B an item' },
  resident: { title: 'with mapped files', unit: 'B an item' },
  loading: { title: 'loading', unit: 'ms' },
  native: { title: 'native file', unit: 'MB' },
  file: { title: 'the largest file', unit: 'B' },
  size: { title: 'files when closed, of the live data', unit: '×' },
  compacted: { title: 'after compaction', unit: '×' },
};

/** Formats a number with three significant digits. */
function shown(number) {
  if (number === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  const [whole, fraction] = number.toFixed(Math.min(digits, 3)).split('.');
  return fraction === undefined ? inThousands(whole) : `${inThousands(whole)}.${fraction}`;
}

/** Formats a whole number in groups of three digits. */
function inThousands(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function shownWithUnit(number, measure) {
  const { unit } = MEASURES[measure];
  return unit ? `${shown(number)} ${unit}` : shown(number);
}

module.exports = { MEASURES, inThousands, shown, shownWithUnit };
