'use strict';

// The arguments of `persist-lock` on the command line: parses and checks them. It does not know the commands.

const { parseArgs } = require('node:util');
const { UsageError } = require('./failures');
const { BadText, checkJSON, onOneLine } = require('./json-text');

/** All options of all commands. `placeholder` and `help` are for the help texts. */
const OPTIONS = {
  prefix: {
    type: 'string',
    placeholder: 'TEXT',
    help: 'only items whose keys begin with TEXT',
  },
  'json-key': {
    type: 'boolean',
    help: 'KEY is a JSON string, as `keys` prints it',
  },
  string: {
    type: 'boolean',
    help: 'the value is the text itself, a string',
  },
  ttl: {
    type: 'string',
    placeholder: 'MS',
    help: 'expire after so many milliseconds (default: never)',
  },
  'node-persist': {
    type: 'string',
    placeholder: 'FOLDER',
    help: 'import the items in a folder of node-persist',
  },
  'lock-timeout': {
    type: 'string',
    placeholder: 'MS',
    help: 'wait so long for locks, in ms (default: 10000)',
  },
  dir: {
    type: 'string',
    short: 'd',
    placeholder: 'FOLDER',
    help: 'the folder of the store (default: the current one)',
  },
  help: {
    type: 'boolean',
    short: 'h',
    help: 'print this help',
  },
  version: {
    type: 'boolean',
    short: 'v',
    help: 'print the version',
  },
};

/** Parses a command line: the name of the command, if there is one, its arguments, and the options. */
function parseArguments(argv) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      options: OPTIONS,
      allowPositionals: true,
    });
    const [name, ...args] = positionals;
    return { name, args, options: values };
  } catch (error) {
    if (!error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Checks that a command takes these arguments and options. */
function checkArguments(name, command, args, options) {
  for (const option of Object.keys(options)) {
    if (optionsOf(command).includes(option)) continue;
    throw new UsageError(`The command ${name} has no option --${option}`);
  }
  const { parameters, fewest, most } = command;
  if (args.length >= fewest && args.length <= most) return;
  const expected = parameters === '' ? 'no arguments' : parameters;
  throw new UsageError(`The command ${name} takes ${expected}, and was given ${args.length}`);
}

/** Lists the names of a command's options, the common ones last. */
function optionsOf(command) {
  return [...command.options, 'dir', 'help'];
}

/** Gives an option's value in milliseconds. */
function milliseconds(options, name, byDefault) {
  const text = options[name];
  if (text === undefined) return byDefault;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new UsageError(
    `The option --${name} must be a whole number of milliseconds, not "${text}"`,
  );
}

/** Gives the key of an argument: the text itself, or with `--json-key` the JSON string in it. */
function keyOf(text, options) {
  if (!options['json-key']) return text;
  const { value: key } = checked(text, 'The key');
  if (typeof key === 'string') return key;
  throw new UsageError(`The key must be a JSON string, in quotes, and is ${text}`);
}

/** Checks the JSON text of a value; returns it without its line breaks. */
function valueText(text) {
  checked(text, 'The value');
  return onOneLine(text);
}

function checked(text, name) {
  try {
    return checkJSON(text);
  } catch (cause) {
    if (!(cause instanceof BadText)) throw cause;
    throw new UsageError(`${name} ${cause.message}`, { cause });
  }
}

module.exports = {
  OPTIONS,
  checkArguments,
  keyOf,
  milliseconds,
  optionsOf,
  parseArguments,
  valueText,
};
