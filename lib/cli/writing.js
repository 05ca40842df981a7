'use strict';

// The commands that change single items.

const { buffer } = require('node:stream/consumers');
const { expiryOf } = require('../arguments');
const { importItems } = require('../import');
const { PersistLock } = require('../persist-lock');
const { keyOf, milliseconds, valueText } = require('./arguments');
const { Failure } = require('./failures');
const { changing, storing } = require('./store');
const { BadEncoding, decode } = require('./text');

const set = {
  parameters: 'KEY JSON',
  fewest: 2,
  most: 2,
  summary: 'store a value',
  description: `
Stores a value, given as JSON. Its text is stored unchanged. It replaces the
item's value and its expiry. Makes the store if there is none.

  persist-lock set user '{"name":"Ada"}'
  persist-lock set --string motto 'Nothing lost'

If JSON is \`-\`, the value is read from standard input.
`,
  options: ['string', 'ttl', 'json-key', 'lock-timeout'],
  async run({ args: [keyText, given], options }) {
    const key = keyOf(keyText, options);
    const ttl = milliseconds(options, 'ttl');
    const text = given === '-' ? await readInput(!options.string) : given;
    const json = options.string ? JSON.stringify(text) : valueText(text);
    await storing(options, (store, engine) => {
      const expires = expiryOf(ttl, null, Date.now());
      return importItems(engine, [{ key, json, expires }], [key]);
    });
  },
};

/** Reads standard input. A byte order mark is left out before JSON, and is part of the text with `--string`. */
async function readInput(isJSON) {
  try {
    return decode(await buffer(process.stdin), isJSON);
  } catch (cause) {
    if (!(cause instanceof BadEncoding)) throw cause;
    throw new Failure(`The value ${cause.message}`, { cause });
  }
}

const remove = {
  parameters: 'KEY...',
  fewest: 1,
  most: Infinity,
  summary: 'remove items',
  description: `
Removes items, all of them in one commit, and prints their number:
{"removed":2}. Ends with exit code 1 if one of them does not exist; the others
are removed.
`,
  options: ['json-key', 'lock-timeout'],
  async run({ args, options, output }) {
    const keys = args.map((text) => keyOf(text, options));
    const missing = [];
    const edit = (items) => {
      for (const [key, value] of items) if (value === undefined) missing.push(key);
      return keys.map((key) => [key, PersistLock.REMOVE]);
    };
    await changing(options, (store) => store.editItems(keys, edit));
    await output.report({ removed: new Set(keys).size - missing.length });
    if (missing.length === 0) return;
    const named = missing.map((key) => JSON.stringify(key)).join(', ');
    throw new Failure(`There is no item ${named}`);
  },
};

module.exports = { set, remove };
