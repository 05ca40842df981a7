'use strict';

// The commands about the program itself. They need no store, and no addon.

const { UsageError } = require('./failures');
const { helpOf, overview } = require('./help');
const { commandNamed } = require('./lookup');

function help({ args: [name], output }) {
  return output.write(name === undefined ? overview() : helpOf(name, commandNamed(name)));
}

/** The modules that make the scripts. */
const COMPLETIONS = {
  bash: () => require('./completions/bash'),
  zsh: () => require('./completions/zsh'),
  fish: () => require('./completions/fish'),
};

function completion({ args: [shell], output }) {
  if (Object.hasOwn(COMPLETIONS, shell)) return output.write(COMPLETIONS[shell]().script());
  const shells = Object.keys(COMPLETIONS).join(', ');
  throw new UsageError(`There are completions for ${shells}, and not for ${shell}`);
}

module.exports = { completion, help };
