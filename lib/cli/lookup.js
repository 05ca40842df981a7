'use strict';

// Finds commands by their names, and tells of a name that does not exist what was probably meant.

const { COMMANDS } = require('./commands');
const { UsageError } = require('./failures');
const { nearest } = require('./hints');

/** True if there is a command of this name. */
function isCommand(name) {
  return Object.hasOwn(COMMANDS, name);
}

/**
 * Finds a command.
 *
 * @param {string} name
 * @param {string[]} [args] the words after it: the command may be one of them
 */
function commandNamed(name, args = []) {
  if (isCommand(name)) return COMMANDS[name];
  const shown = /^\S+$/.test(name) ? name : JSON.stringify(name);
  const error = new UsageError(`There is no command ${shown}${hintFor(name, args)}`);
  throw Object.assign(error, { about: '' });
}

function hintFor(name, args) {
  const later = args.find(isCommand);
  if (later !== undefined) return `. The command comes first: persist-lock ${later} ${name}`;
  const meant = meantBy(name);
  return meant === undefined ? '' : `. Did you mean ${meant}?`;
}

function meantBy(name) {
  const word = name.toLowerCase();
  const names = Object.keys(COMMANDS);
  return names.find((known) => COMMANDS[known].synonyms?.includes(word)) ?? nearest(word, names);
}

module.exports = { commandNamed };
