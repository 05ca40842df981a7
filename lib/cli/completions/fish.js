'use strict';

// The completion script for fish, 3.0 and later.

const { COMMANDS, optionsOf, parametersOf } = require('../commands');
const { namesFolder, optionOf, takesValue } = require('../options');

function quoted(text) {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', ' ')}'`;
}

function seen(...names) {
  return `__fish_seen_subcommand_from ${names.join(' ')}`;
}

/** Makes the line of an option, offered under a condition. */
function optionLine(condition, name, command = {}) {
  const option = optionOf(name, command);
  const { short, help } = option;
  const letter = short === undefined ? '' : ` -s ${short}`;
  const value = !takesValue(name)
    ? ''
    : namesFolder(option)
      ? " -x -a '(__fish_complete_directories)'"
      : ' -x';
  return `complete -c persist-lock -n '${condition}'${letter} -l ${name}${value} -d ${quoted(help)}\n`;
}

/** Makes the lines of a command's arguments. Nothing is offered for those not known here. */
function argumentLines(name, command) {
  return parametersOf(command).map(({ type, choices }) => {
    if (type === 'file') return `complete -c persist-lock -n '${seen(name)}' -F\n`;
    if (type !== 'choice') return '';
    return `complete -c persist-lock -n '${seen(name)}' -a '${choices.join(' ')}'\n`;
  });
}

function script() {
  const names = Object.keys(COMMANDS);
  const first = `not ${seen(...names)}`;
  const commandLines = Object.entries(COMMANDS).flatMap(([name, command]) => [
    `complete -c persist-lock -n '${first}' -a ${name} -d ${quoted(command.summary)}\n`,
    ...optionsOf(command).map((option) => optionLine(seen(name), option, command)),
    ...argumentLines(name, command),
  ]);
  return `# Completions of persist-lock for fish. To have them:
#   persist-lock completion fish > ~/.config/fish/completions/persist-lock.fish

complete -c persist-lock -f
${['dir', 'help', 'version'].map((option) => optionLine(first, option)).join('')}${commandLines.join('')}`;
}

module.exports = { script };
