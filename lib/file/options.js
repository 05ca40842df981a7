'use strict';

// Checks the arguments of the constructor over files.

const { checkOption } = require('../arguments');
const { invalid, misuse } = require('../errors');
const { checkSharedOptions } = require('../options');
const { checkDir } = require('../paths');

/** Checks the constructor's arguments; returns the options with their defaults, and the folder. */
function checkOptions(dir, options) {
  const resolved = checkDir(dir);
  const shared = checkSharedOptions(options, ['readOnly', 'mode']);
  const { readOnly = false, mode = 0o600 } = options;
  checkOption(typeof readOnly === 'boolean', 'readOnly', 'true or false', readOnly);
  checkMode(mode);
  return { ...shared, dir: resolved, readOnly, mode };
}

/** Checks permissions. A number that was meant as octal may have been written as decimal. */
function checkMode(mode) {
  const isNumber = Number.isInteger(mode) && mode >= 0;
  if (isNumber && mode <= 0o777 && (mode & 0o600) === 0o600) return;
  const expectation =
    'The "mode" option must be permissions from 0o600 to 0o777 with which the owner can read and write';
  if (!isNumber) throw invalid('INVALID_OPTION', expectation, mode);
  const message = `${expectation}. Received ${mode}, in octal 0o${mode.toString(8)}`;
  throw misuse(TypeError, 'INVALID_OPTION', message);
}

module.exports = { checkOptions };
