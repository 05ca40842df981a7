'use strict';

// Lines: the cost of one operation by the number of items in the store. Both scales are
// logarithmic; a flat line means that the size does not matter.

const { inThousands } = require('./measures');
const { element, line, text } = require('./svg');

const CLASSES = { 'persist-lock': 'ours', lmdb: 'peer', 'better-sqlite3': 'other' };
const HEAD = 34;
const FOOT = 34;
const LEFT = 56;
const RIGHT = 120;

function sizeLabel(items) {
  return items >= 1e6 ? `${items / 1e6} million` : inThousands(items);
}

function timeLabel(time) {
  return time >= 1 ? inThousands(time) : String(time);
}

/** Gives 1, 2 and 5 times the powers of ten, from below the lowest to above the highest. */
function ticksAround(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    ticks.push(...[1, 2, 5].map((factor) => Number(`${factor}e${power}`)));
  }
  const first = ticks.findLastIndex((tick) => tick <= low);
  const last = ticks.findIndex((tick) => tick >= high);
  return ticks.slice(Math.max(0, first), last + 1);
}

/** Moves the labels at the lines' ends apart until none overlaps another. */
function spreadOut(labels, distance) {
  const sorted = [...labels].sort((one, other) => one.y - other.y);
  for (let at = 1; at < sorted.length; at++) {
    sorted[at].y = Math.max(sorted[at].y, sorted[at - 1].y + distance);
  }
  return sorted;
}

/** Draws a panel of trials that differ only in their size. */
function lines(title, trials, top, width, height) {
  const points = (name) =>
    trials
      .filter(({ stores }) => stores[name]?.time)
      .map(({ items, stores }) => ({ items, ...stores[name].time }));
  const series = Object.keys(CLASSES)
    .map((name) => ({ name, points: points(name) }))
    .filter((one) => one.points.length > 0);
  if (series.length === 0) return [];

  const all = series.flatMap((one) => one.points.map(({ median }) => median));
  const ticks = ticksAround(Math.min(...all), Math.max(...all));
  const sizes = trials.map(({ items }) => items);
  const place = (value, low, high) =>
    high === low ? 0.5 : (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low));
  const x = (items) => LEFT + (width - LEFT - RIGHT) * place(items, sizes[0], sizes.at(-1));
  const floor = top + height - FOOT;
  const y = (time) => floor - (floor - top - HEAD) * place(time, ticks[0], ticks.at(-1));

  const shapes = [
    text(16, top + 18, title, { class: 'title' }),
    text(width - 16, top + 18, 'µs each, lower is better', {
      class: 'small',
      'text-anchor': 'end',
    }),
  ];
  for (const tick of ticks) {
    shapes.push(line(LEFT, y(tick), width - RIGHT, y(tick), { class: 'grid' }));
    const attributes = { class: 'small', 'text-anchor': 'end' };
    shapes.push(text(LEFT - 8, y(tick) + 4, timeLabel(tick), attributes));
  }
  for (const items of sizes) {
    const attributes = { class: 'small', 'text-anchor': 'middle' };
    shapes.push(text(x(items), floor + 18, sizeLabel(items), attributes));
  }
  const labels = [];
  for (const one of series) {
    const path = one.points.map(
      ({ items, median }) => `${x(items).toFixed(1)},${y(median).toFixed(1)}`,
    );
    const kind = CLASSES[one.name];
    shapes.push(element('polyline', { points: path.join(' '), class: `line ${kind}-line` }));
    for (const { items, median } of one.points) {
      shapes.push(element('circle', { cx: x(items), cy: y(median), r: 3, class: kind }));
    }
    labels.push({ name: one.name, y: y(one.points.at(-1).median) + 4 });
  }
  for (const label of spreadOut(labels, 16)) {
    const weight = label.name === 'persist-lock' ? { class: 'own' } : {};
    shapes.push(text(width - RIGHT + 10, label.y, label.name, weight));
  }
  return shapes;
}

module.exports = { lines };
