'use strict';

// The progress of long work, shown on standard error if that is a terminal.

const timers = require('../timers');

/** The length of work below which nothing is shown, in milliseconds. */
const DELAY = 500;
const INTERVAL = 100;
const ERASE_LINE = '\r\x1b[K';

/**
 * Shows the progress of work until it has settled.
 * @param {string} label
 * @param {{ done: number, total: number, unit?: 'items' }} progress
 *   in bytes, or in items. A total of 0 is not known yet, and nothing is shown
 * @param {Promise<T>} work
 * @param {import('node:tty').WriteStream} [stream]
 * @template T
 */
async function withProgress(label, progress, work, stream = process.stderr) {
  if (!stream.isTTY) return work;
  const start = timers.now();
  let isShown = false;
  const timer = timers.setInterval(() => {
    if (progress.total === 0 || timers.now() - start < DELAY) return;
    isShown = true;
    stream.write(`\r${progressLine(label, progress, stream.columns || 80)}`);
  }, INTERVAL);
  try {
    return await work;
  } finally {
    timers.clearInterval(timer);
    if (isShown) stream.write(ERASE_LINE);
  }
}

/** Makes the line `import [#######.............]  35 % of 1.2 GB`. */
function progressLine(label, { done, total, unit }, columns) {
  const share = Math.min(done / total, 1);
  const percent = String(Math.floor(share * 100)).padStart(3);
  const ending = `${percent} % of ${unit === undefined ? sizeText(total) : `${total} ${unit}`}`;
  const width = Math.max(columns - label.length - ending.length - 5, 0);
  const bar = '#'.repeat(Math.floor(share * width)).padEnd(width, '.');
  return `${label} [${bar}] ${ending}`.slice(0, columns - 1);
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

function sizeText(bytes) {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${size.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

module.exports = { progressLine, withProgress };
