'use strict';

// The options of all commands: their types and their help texts. An option means the same in every
// command that has it, except where the command's entry in the table gives it another meaning.

const { parseDuration } = require('./durations');
const { UsageError } = require('./failures');

/**
 * The types of options: each makes the value from the option's text, and throws a `UsageError` for
 * another text. `name` is the option as a message names it. A `flag` has no text.
 */
const TYPES = {
  flag: undefined,
  text: (text) => text,
  folder: notEmpty,
  /** The text of a place with a store: a folder, or the URL of a database. */
  place: notEmpty,
  name: notEmpty,
  /** A time in milliseconds. */
  duration: parseDuration,
  count: countOf,
  /** The number of a commit. */
  commit: commitOf,
  port: portOf,
  /** The time after which an item expires, in milliseconds, or `null` for never. */
  ttl: ttlOf,
};

function notEmpty(text, name) {
  if (text !== '') return text;
  throw new UsageError(`${name} must not be empty`);
}

function countOf(text, name) {
  return wholeNumberOf(text, name, 'a whole number');
}

function commitOf(text, name) {
  return wholeNumberOf(text, name, 'the number of a commit');
}

function portOf(text, name) {
  const port = wholeNumberOf(text, name, 'the number of a port');
  if (port < 2 ** 16) return port;
  throw new UsageError(`${name} must be less than 65536, not ${text}`);
}

function wholeNumberOf(text, name, expected) {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new UsageError(`${name} must be ${expected}, not ${JSON.stringify(text)}`);
}

/** Parses the time after which an item expires. */
function ttlOf(text, name) {
  if (text === 'never') return null;
  const ttl = parseDuration(text, name, ', or never');
  if (ttl > 0) return ttl;
  throw new UsageError(`${name} must be longer than 0, or never`);
}

const OPTIONS = {
  raw: {
    type: 'flag',
    help: 'print strings as their text, without quotes',
  },
  null: {
    type: 'flag',
    short: 'z',
    help: 'end each key with a null byte, not a line feed',
  },
  prefix: {
    type: 'text',
    placeholder: 'TEXT',
    help: 'only items whose keys begin with TEXT',
  },
  from: {
    type: 'text',
    placeholder: 'KEY',
    help: 'only KEY and the items after it',
  },
  to: {
    type: 'text',
    placeholder: 'KEY',
    help: 'only items before KEY',
  },
  limit: {
    type: 'count',
    placeholder: 'N',
    help: 'at most N items',
  },
  reverse: {
    type: 'flag',
    help: 'in descending order',
  },
  'json-key': {
    type: 'flag',
    help: 'keys are given as JSON strings, as `keys` prints them',
  },
  string: {
    type: 'flag',
    help: 'the value is the text itself, a string',
  },
  yes: {
    type: 'flag',
    short: 'y',
    help: 'do not ask before items are removed',
  },
  key: {
    type: 'text',
    placeholder: 'KEY',
    help: 'only the item with this key',
  },
  initial: {
    type: 'flag',
    help: 'print first the items that are there',
  },
  since: {
    type: 'commit',
    placeholder: 'COMMIT',
    help: 'print everything after the commit with this number',
  },
  ttl: {
    type: 'ttl',
    placeholder: 'TIME',
    help: 'the item expires after TIME, or never',
  },
  'node-persist': {
    type: 'folder',
    placeholder: 'FOLDER',
    help: 'import the items in a folder of node-persist',
  },
  'lock-timeout': {
    type: 'duration',
    placeholder: 'TIME',
    help: 'wait so long for locks (default: 10s)',
  },
  overwrite: {
    type: 'flag',
    help: 'replace the items of TO that differ',
  },
  schema: {
    type: 'name',
    placeholder: 'NAME',
    help: 'the schema of the tables (default: public)',
  },
  table: {
    type: 'name',
    placeholder: 'NAME',
    help: 'the table of the items (default: persist_lock)',
  },
  'read-only': {
    type: 'flag',
    help: 'look only, and change nothing',
  },
  'no-open': {
    type: 'flag',
    help: 'print the address, and open no browser',
  },
  port: {
    type: 'port',
    placeholder: 'PORT',
    help: 'serve the page on this port (default: a free one)',
  },
  dir: {
    type: 'place',
    short: 'd',
    placeholder: 'PLACE',
    help: 'the folder or database of the store (default:\n$PERSIST_LOCK_DIR, or the working directory)',
  },
  help: {
    type: 'flag',
    short: 'h',
    help: 'print this help',
  },
  version: {
    type: 'flag',
    short: 'v',
    help: 'print the version',
  },
};

/** Gives an option as a command has it. */
function optionOf(name, { meanings = {} }) {
  return meanings[name] ?? OPTIONS[name];
}

/** Makes the value of a command's option from its text. */
function valueOf(name, command, text) {
  return TYPES[optionOf(name, command).type](text, `The option --${name}`);
}

function takesValue(name) {
  return OPTIONS[name].type !== 'flag';
}

/** Tells whether the value of an option is the name of a folder, or may be one. */
function namesFolder({ type }) {
  return type === 'folder' || type === 'place';
}

/** Lists the ways in which an option is typed: `-d` and `--dir`. */
function spellingsOf(name) {
  const { short } = OPTIONS[name];
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

module.exports = { OPTIONS, namesFolder, optionOf, spellingsOf, takesValue, ttlOf, valueOf };
