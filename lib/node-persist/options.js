'use strict';

// The options of node-persist, complete and checked: the given value, or the one given before, or the default.

const path = require('node:path');
const { inspect } = require('node:util');
const { misuse } = require('../errors');
const { defaultTtl } = require('./ttl');

const DEFAULTS = {
  ttl: false,
  logging: false,
  encoding: 'utf8',
  parse: JSON.parse,
  stringify: JSON.stringify,
  forgiveParseErrors: false,
  expiredInterval: 2 * 60 * 1000,
  dir: '.node-persist/storage',
  // Accepted, and without effect: writes are in order and share commits without such a queue.
  writeQueue: true,
  writeQueueIntervalMs: 1000,
  writeQueueWriteOnlyLast: true,
  maxFileDescriptors: Infinity,
};

/** The options of the store that node-persist does not have. */
const STORE_OPTIONS = ['durability', 'lockTimeout', 'mode'];

/**
 * Merges options.
 *
 * @param {object | undefined} given without any, all options have their defaults
 * @param {object} [earlier]
 */
function mergeOptions(given, earlier = {}) {
  const options = { ...DEFAULTS };
  if (given) {
    // The rule of node-persist: a given `null` counts, such as no ttl, and one given before does not.
    for (const name of [...Object.keys(DEFAULTS), ...STORE_OPTIONS]) {
      const value = given[name] === undefined ? (earlier[name] ?? DEFAULTS[name]) : given[name];
      if (value !== undefined) options[name] = value;
    }
  }
  checkOptions(options);
  options.dir = resolveDir(options.dir);
  options.ttl = defaultTtl(options.ttl);
  return options;
}

/** Checks those options that must be of a kind. */
function checkOptions({ dir, stringify, parse, encoding, maxFileDescriptors = Infinity }) {
  checkOption('dir', dir, 'a path', typeof dir === 'string' && !dir.includes('\0'));
  checkOption('stringify', stringify, 'a function', typeof stringify === 'function');
  checkOption('parse', parse, 'a function', typeof parse === 'function');
  checkOption('encoding', encoding, 'one that Buffer knows', Buffer.isEncoding(encoding));
  const isBound = typeof maxFileDescriptors === 'number' && maxFileDescriptors >= 1;
  checkOption('maxFileDescriptors', maxFileDescriptors, 'a number from 1', isBound);
}

function checkOption(name, value, expected, holds) {
  if (holds) return;
  const message = `[node-persist] The option ${name} must be ${expected}, and is ${inspect(value)}`;
  throw misuse(TypeError, 'INVALID_OPTION', message);
}

function resolveDir(dir) {
  const normal = path.normalize(dir);
  return path.isAbsolute(normal) ? normal : path.join(process.cwd(), normal);
}

module.exports = { DEFAULTS, STORE_OPTIONS, checkOptions, mergeOptions, resolveDir };
