'use strict';

// The command that lists the locks of a store: as a table on a terminal, and as JSON Lines otherwise.

const { placeOf } = require('./store');

async function locks({ options, output }) {
  const found = await placeOf(options).locks();
  const lines = output.isTerminal ? tableOf(found) : found.map((lock) => JSON.stringify(lock));
  if (lines.length > 0) await output.write(`${lines.join('\n')}\n`);
}

const HEADINGS = ['KIND', 'STATE', 'PROCESS', 'SINCE', 'KEY'];

/** Lays locks out in columns. The key comes last, since it may be long. */
function tableOf(found) {
  const rows = found.map(rowOf);
  if (rows.length === 0) return ['Nobody has a lock or waits for one'];
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]));
    return cells.join('  ').trimEnd();
  });
}

function rowOf({ key, kind, waiting, process: { pid, host }, since }) {
  const name = host === undefined ? String(pid) : `${pid} on ${host}`;
  const keyText = key === null ? '' : (JSON.stringify(key) ?? '?');
  return [kind, waiting ? 'waits' : 'has it', name, since?.toISOString() ?? '?', keyText];
}

module.exports = { locks, tableOf };
