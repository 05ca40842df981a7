'use strict';

// The table of commands. The parsing of command lines, the help texts, the completions and the hints
// are made from it. It loads neither the addon nor the modules that run the commands.

/**
 * A command.
 *
 * @typedef {object} Command
 * @property {string} parameters
 *   the names of its arguments: `KEY`, `[KEY]` if it may be left out, `KEY...` if it may be repeated,
 *   `[KEY...]` for both. `PARAMETERS` describes some of the names
 * @property {string[]} options
 *   the names of its options in `options.js`. All commands have `help`, and `dir` unless
 *   `usesNoStore` is set
 * @property {Record<string, object>} [meanings]
 *   the options that mean something else in this command, as `options.js` describes options
 * @property {boolean} [usesNoStore]
 * @property {string} summary
 *   one line for the list of commands
 * @property {string} [adviceOnArguments]
 *   a sentence that ends the error of too few or too many arguments
 * @property {string} description
 *   the text of its help, in lines of at most 80 characters
 * @property {string[]} examples
 *   command lines without `persist-lock`, as a shell takes them
 * @property {string[]} [synonyms]
 *   names that users of other programs may type. The error names this command then
 * @property {() => (call: CommandCall) => unknown} load
 *   requires the module that runs the command, and returns its function
 */

/**
 * A command that has been called. The values of `options` have the type of the option: see
 * `options.js`. An option that was not given is missing.
 *
 * @typedef {object} CommandCall
 * @property {string[]} args
 * @property {Record<string, unknown>} options
 * @property {import('./output').Output} output
 */

/**
 * All commands by their names, in the order of the help.
 * @type {Record<string, Command>}
 */
const COMMANDS = {
  ...require('./commands/items'),
  ...require('./commands/listings'),
  ...require('./commands/store'),
  ...require('./commands/inspect'),
  ...require('./commands/program'),
};

/** The arguments that completions know more of than their names. */
const PARAMETERS = {
  FILE: { type: 'file' },
  COMMAND: { type: 'choice', choices: Object.keys(COMMANDS) },
  SHELL: { type: 'choice', choices: ['bash', 'zsh', 'fish'] },
};

/** Lists the names of a command's options, the common ones last. */
function optionsOf({ options, usesNoStore = false }) {
  return [...options, ...(usesNoStore ? [] : ['dir']), 'help'];
}

/** Lists the parameters of a command: the name of each, and how often it may be given. */
function parametersOf({ parameters }) {
  return parameters.split(' ').flatMap((text) => {
    const [, bracket, name, dots] = text.match(/^(\[?)([A-Z]*)((?:\.\.\.)?)\]?$/);
    if (name === '') return [];
    return [{ name, fewest: bracket ? 0 : 1, most: dots ? Infinity : 1, ...PARAMETERS[name] }];
  });
}

module.exports = { COMMANDS, optionsOf, parametersOf };
