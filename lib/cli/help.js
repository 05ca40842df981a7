'use strict';

// The help texts, made from the descriptions of the commands.

const { OPTIONS, optionsOf } = require('./arguments');

const ENDING = `JSON goes to standard output, messages to standard error.
Exit codes: 0 success; 1 not found, damaged, or failed; 2 wrong usage.
`;

/** Makes two columns, each row indented. */
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

/** Makes the help of the whole program. */
function overview(commands) {
  const rows = Object.entries(commands).map(([name, command]) => [
    synopsis(name, command),
    command.summary,
  ]);
  return `Usage: persist-lock COMMAND [OPTIONS]

Reads, changes and repairs the stores of persist-lock.

Commands:
${table(rows)}
Options:
${table(['dir', 'help', 'version'].map(optionRow))}
FOLDER is the folder that you pass to \`new PersistLock(folder)\`. Put \`--\` before
an argument that begins with a minus and is no option: set -- KEY -1

persist-lock COMMAND --help explains a command.

${ENDING}`;
}

/** Makes the help of one command. */
function helpOf(name, command) {
  return `Usage: persist-lock ${synopsis(name, command)} [OPTIONS]

${command.description.trim()}

Options:
${table(optionsOf(command).map(optionRow))}
${ENDING}`;
}

module.exports = { helpOf, overview };
