'use strict';

// The help texts, made from the table of commands.

const { COMMANDS, optionsOf } = require('./commands');
const { optionOf } = require('./options');

const ENDING = `JSON goes to standard output, messages to standard error.
Exit codes: 0 success; 1 not found, damaged, or failed; 2 wrong usage.
`;

const PLACE = `PLACE is the folder that you pass to \`new PersistLock(folder)\`, or the URL of a
PostgreSQL database: postgres://USER@HOST/DATABASE?schema=NAME&table=NAME.`;

/** The meanings of placeholders that neither their option nor their argument explains. */
const NOTES = {
  PLACE,
  TIME: 'TIME has units, as in 500ms, 90s, 1h30m or 2d, or is in milliseconds.',
};

/** Makes two columns, each row indented. A row's second column may have several lines. */
function table(rows) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows
    .map(([left, right]) => {
      const lines = right.replaceAll('\n', `\n${' '.repeat(width + 4)}`);
      return `  ${left.padEnd(width)}  ${lines}\n`;
    })
    .join('');
}

function optionRow(name, command = {}) {
  const { short, placeholder = '', help } = optionOf(name, command);
  const letter = short === undefined ? '    ' : `-${short}, `;
  return [`${letter}--${name} ${placeholder}`.trimEnd(), help];
}

function synopsis(name, { parameters }) {
  return `${name} ${parameters}`.trimEnd();
}

/** Makes the help of the whole program. */
function overview() {
  const rows = Object.entries(COMMANDS).map(([name, command]) => [
    synopsis(name, command),
    command.summary,
  ]);
  return `Usage: persist-lock COMMAND [OPTIONS]

Reads, changes and repairs the stores of persist-lock.

Commands:
${table(rows)}
Options:
${table(['dir', 'help', 'version'].map((name) => optionRow(name)))}
${PLACE}

Put \`--\` before an argument that begins with a minus and is neither an option
nor a number: persist-lock get -- --KEY

persist-lock help COMMAND explains a command.

${ENDING}`;
}

/** Makes the help of one command. */
function helpOf(name, command) {
  const options = optionsOf(command);
  const placeholders = options.map((option) => optionOf(option, command).placeholder);
  const used = `${command.parameters} ${placeholders}`;
  const notes = Object.keys(NOTES).filter((placeholder) => used.includes(placeholder));
  const examples = command.examples.map((example) => `  persist-lock ${example}\n`).join('');
  return `Usage: persist-lock ${synopsis(name, command)} [OPTIONS]

${command.description.trim()}

Options:
${table(options.map((option) => optionRow(option, command)))}${notes.map((note) => `\n${NOTES[note]}\n`).join('')}
Examples:
${examples}
${ENDING}`;
}

module.exports = { helpOf, overview };
