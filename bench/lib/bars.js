'use strict';

// Bars: one panel for each trial, one bar for each store; lower is better. A bar that is much longer
// than the others is cut; its number tells the length.

const { MEASURES, shown } = require('./measures');
const { median } = require('./statistics');
const { line, rectangle, text } = require('./svg');
const { isOurs } = require('../stores');
const { FAIR_SHARE } = require('../targets');

const ROW = 21;
const BAR = 13;
const HEAD = 30;
const LABELS = 265;
const NUMBERS = 85;

/** The length at which bars are cut, in lengths of the median bar. */
const LONGEST = 3;

function kindOf(name, { isFloor }) {
  if (isFloor) return 'floor';
  return isOurs(name) ? 'ours' : 'peer';
}

function rowsOf(trial, measure) {
  return Object.entries(trial.stores)
    .filter(([, store]) => store[measure])
    .map(([name, store]) => ({
      kind: kindOf(name, store),
      label: labelOf(store),
      ...store[measure],
    }));
}

/** Gives a store's label, with a word about a store that starves one of several processes. */
function labelOf({ label, share }) {
  return share?.median < FAIR_SHARE ? `${label}, starves some` : label;
}

function scaleOf(rows) {
  const lengths = rows.map((row) => row.median);
  const limit = LONGEST * median(lengths);
  return Math.max(...lengths.filter((length) => length <= limit));
}

/** Draws two slanted strokes through a bar that is cut. */
function cut(x, y) {
  const stroke = (at) => `M${at} ${y + BAR + 1}l5 -${BAR + 2}h4l-5 ${BAR + 2}z`;
  return `<path class="cut" d="${stroke(x - 26)}${stroke(x - 17)}"/>`;
}

function bar(row, y, width, scale) {
  const room = width - LABELS - NUMBERS;
  const length = Math.max(1, room * Math.min(1, row.median / scale));
  const isCut = row.median > scale;
  const top = y + (ROW - BAR) / 2;
  const weight = row.kind === 'ours' ? { class: 'own' } : {};
  const shapes = [
    text(LABELS - 8, y + 15, row.label, { 'text-anchor': 'end', ...weight }),
    rectangle(LABELS, top, length, BAR, { class: row.kind, rx: 2 }),
    text(LABELS + length + 8, y + 15, shown(row.median), weight),
  ];
  if (isCut) shapes.push(cut(LABELS + length, top));
  return shapes;
}

/** Draws a panel; gives its shapes and its height. */
function bars(trial, y, width, measure = 'time') {
  const rows = rowsOf(trial, measure);
  if (rows.length === 0) return { shapes: [], height: 0 };
  const scale = scaleOf(rows);
  const height = HEAD + rows.length * ROW + 14;
  const { unit } = MEASURES[measure];
  const what = unit === 'µs' ? 'µs each, lower is better' : `${unit}, lower is better`;
  return {
    height,
    shapes: [
      text(16, y + 18, trial.title, { class: 'title' }),
      text(width - 16, y + 18, what, { class: 'small', 'text-anchor': 'end' }),
      ...rows.flatMap((row, at) => bar(row, y + HEAD + at * ROW, width, scale)),
      line(LABELS, y + HEAD - 2, LABELS, y + HEAD + rows.length * ROW + 2, { class: 'grid' }),
    ],
  };
}

module.exports = { bars };
