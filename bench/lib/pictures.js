'use strict';

// The pictures, each of several trials. Less durable writes are drawn apart.

const { bars } = require('./bars');
const { lines } = require('./lines');
const { page, line, text } = require('./svg');

const WIDTH = 720;
const PANEL = 210;

const PICTURES = {
  'writes.svg': {
    title: 'Writes that survive a power cut',
    draw: drawBars,
    parts: [
      {
        heading: 'Calls that block the event loop',
        trials: ['edit-blocking', 'first-edit-blocking'],
      },
      {
        heading: 'Awaited calls, beside better-sqlite3, which blocks',
        trials: ['edit-awaited', 'first-edit-awaited'],
      },
      {
        heading: 'Many calls at once, and several processes',
        trials: ['edit-counter', 'set-10k', 'four-one-key'],
      },
    ],
  },
  'writes-less-durable.svg': {
    title: 'Writes that survive the death of the process, or less',
    draw: drawBars,
    parts: [
      {
        heading: 'Calls that block the event loop',
        trials: ['edit-blocking-os', 'set-blocking-os'],
      },
      {
        heading: 'Awaited calls, beside better-sqlite3, which blocks',
        trials: ['edit-awaited-os', 'set-awaited-os'],
      },
      {
        heading: 'Many calls at once, and several processes',
        trials: ['set-10k-os', 'four-one-key-os'],
      },
    ],
  },
  'reads.svg': {
    title: 'Reads',
    draw: drawBars,
    parts: [
      {
        heading: 'Reads of single items',
        trials: ['first-get-10k', 'get-10k', 'get-1m', 'get-hot', 'get-while-written'],
      },
      { heading: 'Listings', trials: ['keys-10k', 'values-10k'] },
    ],
  },
  'sizes.svg': {
    title: 'The cost of one operation by the size of the store',
    draw: drawLines,
    panels: {
      get: 'a random read',
      'size-edit': 'an awaited edit, steady',
      'size-set': 'one of 1 000 sets at once',
    },
  },
};

function headingOf(content, y) {
  return [
    text(16, y + 22, content, { class: 'heading' }),
    line(16, y + 32, WIDTH - 16, y + 32, { class: 'grid' }),
  ];
}

function drawBars({ title, parts }, trials) {
  const shapes = [];
  let y = 8;
  for (const { heading, trials: names } of parts) {
    const panels = names.filter((name) => trials.has(name)).map((name) => trials.get(name));
    if (panels.length === 0) continue;
    shapes.push(...headingOf(heading, y));
    y += 42;
    for (const trial of panels) {
      const panel = bars(trial, y, WIDTH);
      shapes.push(...panel.shapes);
      y += panel.height;
    }
    y += 8;
  }
  if (shapes.length === 0) return undefined;
  return page(
    WIDTH,
    y,
    title,
    `${title}: time of one operation for each store; lower is better`,
    shapes,
  );
}

function drawLines({ title, panels }, trials) {
  const shapes = [];
  let y = 8;
  for (const [series, heading] of Object.entries(panels)) {
    const ofPanel = [...trials.values()].filter((trial) => trial.series === series);
    const drawn = lines(heading, ofPanel, y, WIDTH, PANEL);
    if (drawn.length === 0) continue;
    shapes.push(...drawn);
    y += PANEL + 8;
  }
  if (shapes.length === 0) return undefined;
  return page(WIDTH, y, title, `${title}, as lines; lower is better, and flat`, shapes);
}

/** Draws the results; gives the names of files and their contents. */
function pictures(results) {
  const trials = new Map(results.trials.map((trial) => [trial.name, trial]));
  return Object.entries(PICTURES)
    .map(([file, picture]) => [file, picture.draw(picture, trials)])
    .filter(([, content]) => content !== undefined);
}

module.exports = { pictures };
