'use strict';

// The entries of the table for the commands about the program itself.

const help = {
  parameters: '[COMMAND]',
  options: [],
  usesNoStore: true,
  summary: 'explain a command',
  description: `
Prints the help of a command, as COMMAND --help does, or the list of commands.
`,
  examples: ['help set'],
  synonyms: ['man', 'usage', '?'],
  load: () => require('../explaining').help,
};

const completion = {
  parameters: 'SHELL',
  options: [],
  usesNoStore: true,
  summary: 'print the completions for a shell',
  description: `
Prints a script that completes commands and options of \`persist-lock\` in bash,
zsh or fish. The first lines of the script say where it belongs. It completes
the command \`persist-lock\`, as installed by \`npm install --global\` or with
node_modules/.bin in PATH; \`npx persist-lock\` has no completions.
`,
  examples: ['completion bash', 'completion fish > ~/.config/fish/completions/persist-lock.fish'],
  synonyms: ['completions', 'complete'],
  load: () => require('../explaining').completion,
};

module.exports = { help, completion };
