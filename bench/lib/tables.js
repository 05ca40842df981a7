'use strict';

// The results as Markdown: the targets, and all figures.

const { MEASURES, shown, shownWithUnit } = require('./measures');
const { reached } = require('./ratios');

const DURABILITY = {
  disk: 'power cut',
  os: 'death of the process',
  file: 'death of the process; a power cut may bring the old value back',
  none: 'nothing',
};

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function withUnit(number, { ratio, measure }) {
  return ratio ? `${number.toFixed(number < 0.05 ? 3 : 2)} ×` : shownWithUnit(number, measure);
}

function aimOf(line) {
  if (line.smaller) return 'flat';
  const [word, number] =
    line.atMost === undefined ? ['at least', line.atLeast] : ['at most', line.atMost];
  return `${word} ${number} ${line.ratio ? '×' : MEASURES[line.measure].unit}`.trim();
}

function spreadOf({ low, high }, line) {
  return line.ratio ? `${low.toFixed(2)} – ${high.toFixed(2)}` : `${shown(low)} – ${shown(high)}`;
}

function machineLine({ machine, versions, made }) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, ${machine.fileSystem}, ` +
    `Node ${machine.node}, ${made}. ${packages.join(', ')}.`
  );
}

/** Makes the table of targets; empty if none of their trials was run. */
function ratiosTable(results) {
  const rows = reached(results).map((line) => {
    const figure = line.ratio ?? line.ours;
    const value = withUnit(figure.median, line);
    return [
      line.work,
      aimOf(line),
      line.isMissed ? `**${value}**` : value,
      spreadOf(figure, line),
      line.leastRatio ? withUnit(line.leastRatio.median, line) : '',
      shownWithUnit(line.ours.median, line.measure),
      line.other ? `${shownWithUnit(line.other.median, line.measure)}, ${line.other.label}` : '',
    ];
  });
  const head = ['work', 'target', 'reached', 'spread', 'floor', 'persist-lock', 'compared with'];
  return rows.length > 0 ? table(head, rows) : '';
}

function ratiosPage(results) {
  return (
    '<!-- Made by `npm run bench`. -->\n\n' +
    `${ratiosTable(results)}\n` +
    'Lower is better, except for the share of the slowest. A bold figure missed its target. ' +
    'Ratios are medians of the ratios of each round; the spread is their middle half. The floor ' +
    'is the same ratio for no store at all: JSON alone, or a bare write and its sync, on a thread ' +
    'for awaited calls, so that the event loop is free. If the floor is above the target, no ' +
    'store that works like that can reach the target on this machine.\n\n' +
    `${machineLine(results)}\n`
  );
}

function measuresOf({ stores }) {
  const present = new Set(Object.values(stores).flatMap((store) => Object.keys(store)));
  return Object.keys(MEASURES).filter((measure) => present.has(measure));
}

function figuresOf(trial) {
  const measures = measuresOf(trial);
  const head = [
    'store',
    'survives',
    ...measures.map((measure) => {
      const { title, unit } = MEASURES[measure];
      return unit ? `${title}, ${unit}` : title;
    }),
  ];
  const rows = Object.values(trial.stores).map((store) => [
    store.label,
    store.isFloor ? 'a floor, no store' : DURABILITY[store.durability],
    ...measures.map((measure, at) => {
      if (store.skipped) return at === 0 ? store.skipped : '';
      if (!store[measure]) return '';
      const { median, low, high } = store[measure];
      return `${shown(median)} (${shown(low)} – ${shown(high)})`;
    }),
  ]);
  return table(head, rows);
}

function figuresPage(results) {
  const sections = results.trials.map(
    (trial) => `## ${trial.name}: ${trial.title}\n\n${figuresOf(trial)}`,
  );
  return (
    '<!-- Made by `npm run bench`. -->\n\n# All figures\n\n' +
    `Medians, with the middle half of all rounds. ${machineLine(results)}\n\n` +
    sections.join('\n')
  );
}

module.exports = { figuresOf, figuresPage, machineLine, ratiosPage, ratiosTable, withUnit };
