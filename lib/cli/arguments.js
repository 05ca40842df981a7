'use strict';

// Parses command lines. Knows the options' names and types, and of a command only its table entry.

const { parseArgs } = require('node:util');
const { optionsOf, parametersOf } = require('./commands');
const { UsageError } = require('./failures');
const { nearest } = require('./hints');
const { BadText, checkJSON, onOneLine } = require('./json-text');
const { OPTIONS, optionOf, valueOf } = require('./options');

/** The options as `parseArgs` takes them. */
const SHAPES = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { type, short }]) => [
    name,
    { type: type === 'flag' ? 'boolean' : 'string', ...(short && { short }) },
  ]),
);

/**
 * An option that was given.
 *
 * @typedef {object} Given
 * @property {string} name
 * @property {string} rawName the name with its minus signs, as typed
 * @property {string} [value]
 * @property {boolean} [inlineValue] true for `--name=value`
 */

/** True if an argument is a negative number: a value, and no option. */
function isNegativeNumber(text) {
  return /^-\.?\d[\d.]*(?:[eE][-+]?\d+)?$/.test(text);
}

/**
 * Splits a command line into words and options. Their names and texts are not checked yet.
 *
 * @param {string[]} argv
 * @returns {{ words: string[], given: Given[] }}
 */
function splitArguments(argv) {
  const { tokens } = parseArgs({
    args: argv,
    options: SHAPES,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = [];
  const given = [];
  let numberAt;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (!isNegativeNumber(argv[token.index])) given.push(token);
    // A number has a token for each of its digits.
    else if (token.index !== numberAt) words.push(argv[(numberAt = token.index)]);
  }
  return { words, given };
}

/** Checks that a command takes these options; returns their values by name. */
function checkOptions(name, command, given) {
  const names = optionsOf(command);
  const options = {};
  for (const token of given) {
    if (!names.includes(token.name)) throw unknownOption(name, names, token);
    const value = optionValue(command, token);
    // A flag means the same twice.
    if (value !== true && Object.hasOwn(options, token.name)) {
      throw new UsageError(`The option --${token.name} is given twice`);
    }
    options[token.name] = value;
  }
  return options;
}

function unknownOption(command, names, { name, rawName }) {
  if (Object.hasOwn(OPTIONS, name)) {
    return new UsageError(`The command ${command} has no option --${name}`);
  }
  const meant = nearest(name, names);
  if (meant !== undefined) {
    return new UsageError(`There is no option ${rawName}. Did you mean --${meant}?`);
  }
  const advice = `If ${rawName} is an argument, put -- before it: ${command} -- ${rawName}`;
  return new UsageError(`There is no option ${rawName}. ${advice}`);
}

/** Checks that the options of a command line without a command exist. */
function checkOptionNames(given) {
  for (const { name, rawName } of given) {
    if (Object.hasOwn(OPTIONS, name)) continue;
    const meant = nearest(name, ['help', 'version']);
    const hint = meant === undefined ? '' : `. Did you mean --${meant}?`;
    throw new UsageError(`There is no option ${rawName}${hint}`);
  }
}

function optionValue(command, { name, rawName, value, inlineValue }) {
  const { type, placeholder } = optionOf(name, command);
  if (type === 'flag') {
    if (value === undefined) return true;
    throw new UsageError(`The option ${rawName} takes no value`);
  }
  if (value === undefined) throw new UsageError(`The option ${rawName} needs a ${placeholder}`);
  if (!inlineValue && value.startsWith('-') && !isNegativeNumber(value)) {
    const advice = `If ${value} is meant, say --${name}=${value}`;
    throw new UsageError(`The option ${rawName} needs a ${placeholder}. ${advice}`);
  }
  return valueOf(name, command, value);
}

/** Checks that a command takes so many arguments. */
function checkCount(name, command, args) {
  const parameters = parametersOf(command);
  const sum = (limit) => parameters.reduce((count, parameter) => count + parameter[limit], 0);
  if (args.length >= sum('fewest') && args.length <= sum('most')) return;
  const expected = command.parameters || 'no arguments';
  const message = `The command ${name} takes ${expected}, and was given ${args.length}`;
  const { adviceOnArguments: advice } = command;
  throw new UsageError(advice === undefined ? message : `${message}. ${advice}`);
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
  checked(text, 'The value', 'To store a text as it is, add --string');
  return onOneLine(text);
}

function checked(text, name, advice) {
  try {
    return checkJSON(text);
  } catch (cause) {
    if (!(cause instanceof BadText)) throw cause;
    const message = `${name} ${cause.message}`;
    throw new UsageError(advice === undefined ? message : `${message}. ${advice}`, { cause });
  }
}

module.exports = { checkCount, checkOptionNames, checkOptions, keyOf, splitArguments, valueText };
