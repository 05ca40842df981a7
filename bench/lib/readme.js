'use strict';

// The table of results in the README of the repository, between two marks: one result a cell.

const fs = require('node:fs');
const path = require('node:path');
const { shownWithUnit } = require('./measures');
const { reached } = require('./ratios');
const { withUnit } = require('./tables');

const FILE = path.join(__dirname, '..', '..', 'README.md');
const BEGIN = '<!-- Made by `npm run bench`, from bench/results. -->';
const END = '<!-- End of what `npm run bench` made. -->';
const HEAD = ['work', 'persist-lock', 'beside', 'its result', 'ratio'];

/** Lays out a table in aligned columns, as the formatter of the repository does. */
function table(rows) {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length), 3));
  const lines = [rows[0], widths.map((width) => '-'.repeat(width)), ...rows.slice(1)];
  return lines
    .map((cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`)
    .join('\n');
}

/** Makes the text between the marks. */
function speedTable(results) {
  const rows = reached(results)
    .filter(({ isShown }) => isShown)
    .map((line) => [
      line.work,
      shownWithUnit(line.ours.median, line.measure),
      line.other?.label ?? '',
      line.other ? shownWithUnit(line.other.median, line.measure) : '',
      line.ratio ? withUnit(line.ratio.median, line) : '',
    ]);
  const { cpu, cores, kernel, node, fileSystem } = results.machine;
  const machine = `${cpu}, ${cores} cores, ${kernel}, ${fileSystem}, Node ${node}`;
  return `${BEGIN}\n\n${table([HEAD, ...rows])}\n\n${machine}, ${results.made}.\n\n${END}`;
}

/** Replaces the part between the marks in a text. */
function withTable(text, results) {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`README.md has no marks for the table of speed`);
  return text.slice(0, begin) + speedTable(results) + text.slice(end + END.length);
}

function write(results) {
  fs.writeFileSync(FILE, withTable(fs.readFileSync(FILE, 'utf8'), results));
}

module.exports = { FILE, withTable, write };
