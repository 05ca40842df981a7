'use strict';

// The commands that store and remove items.

const { buffer } = require('node:stream/consumers');
const { SetItem } = require('../calls/changes');
const { REMOVE } = require('../calls/operations');
const { checkLength } = require('../codec');
const { keyOf, valueText } = require('./arguments');
const { Failure, UsageError } = require('./failures');
const { standardInput } = require('./input-file');
const { confirmLoss } = require('./question');
const { changing, countItems, storing } = require('./store');
const { BadEncoding, decode } = require('./text');

async function set({ args: [keyText, given], options }) {
  const key = keyOf(keyText, options);
  const text = given === '-' ? await readInput(!options.string) : given;
  const json = options.string ? JSON.stringify(text) : valueText(text);
  checkLength(key, json.length);
  await storing(options, (store, engine, expiryOf) => {
    return engine.put(new SetItem(key, json, expiryOf(options.ttl)));
  });
}

/**
 * Reads standard input. A byte order mark is left out before JSON, and is part of the text with
 * `--string`.
 */
async function readInput(isJSON) {
  try {
    return decode(await buffer(standardInput()), isJSON);
  } catch (cause) {
    if (!(cause instanceof BadEncoding)) throw cause;
    throw new Failure(`The value ${cause.message}`, { cause });
  }
}

async function remove({ args, options, output }) {
  if ((options.prefix === undefined) === (args.length === 0)) {
    throw new UsageError('The command remove takes either KEY... or --prefix TEXT');
  }
  if (args.length === 0) return removePrefix(options, output);
  const keys = args.map((text) => keyOf(text, options));
  const missing = [];
  const edit = (items) => {
    for (const [key, value] of items) if (value === undefined) missing.push(key);
    return keys.map((key) => [key, REMOVE]);
  };
  await changing(options, (store) => store.editItems(keys, edit));
  await output.report({ removed: new Set(keys).size - missing.length });
  if (missing.length === 0) return;
  const named = missing.map((key) => JSON.stringify(key)).join(', ');
  throw new Failure(`There is no item ${named}`);
}

async function removePrefix(options, output) {
  const prefix = keyOf(options.prefix, options);
  checkNotEmpty(prefix);
  const removed = await changing(options, (store) => store.removeItems({ prefix }));
  await output.report({ removed });
}

async function clear({ options, output }) {
  const { prefix } = options;
  checkNotEmpty(prefix);
  const found = await countItems(options, { prefix });
  await confirmLoss(found, options);
  if (prefix !== undefined) return removePrefix(options, output);
  await changing(options, (store) => store.clear());
  await output.report({ removed: found });
}

/** Refuses a prefix that all keys have: a variable of a script was probably not set. */
function checkNotEmpty(prefix) {
  if (prefix !== '') return;
  throw new UsageError('The option --prefix is empty. To remove all items: persist-lock clear');
}

module.exports = { clear, remove, set };
