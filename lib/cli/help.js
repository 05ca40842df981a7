'use strict';

// The help texts, made of what each command says of itself.

const { OPTIONS, optionsOf } = require('./arguments');

const ENDING = `JSON goes to standard output, messages to standard error.
Exit codes: 0 done; 1 not there, damaged, or failed; 2 wrong usage.
`;

/** Two columns, each row indented. */
function table(rows) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

function optionRow(name) {
  const { short, placeholder = '', help } = OPTIONS[name];
  const letter = short === undefined ? '    ' : `-${short}, `;
  return [`${letter}--${name} ${placeholder}`.trimEnd(), help];
}

function synopsis(name, { parameters }) {
  return `${name} ${parameters}`.trimEnd();
}

/** The help of the whole. */
function overview(commands) {
  const rows = Object.entries(commands).map(([name, command]) => [
    synopsis(name, command),
    command.summary,
  ]);
  return `Usage: persist-lock COMMAND [OPTIONS]

Reads, changes and mends the stores of persist-lock.

Commands:
${table(rows)}
Options:
${table(['dir', 'help', 'version'].map(optionRow))}
FOLDER is what \`new PersistLock(folder)\` takes. What begins with a minus and is
no option stands behind \`--\`: persist-lock set -- KEY -1

persist-lock COMMAND --help tells more of a command.

${ENDING}`;
}

/** The help of one command. */
function helpOf(name, command) {
  return `Usage: persist-lock ${synopsis(name, command)} [OPTIONS]

${command.description.trim()}

Options:
${table(optionsOf(command).map(optionRow))}
${ENDING}`;
}

module.exports = { helpOf, overview };
