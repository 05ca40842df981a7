'use strict';

/** Prints rows of texts as a table in Markdown; the first has the headings. */
function printTable(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  const line = widths.map((width) => '-'.repeat(width));
  for (const row of [rows[0], line, ...rows.slice(1)]) {
    console.log(`| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`);
  }
}

module.exports = { printTable };
