'use strict';

// The commands that read. They wait for no lock, and change nothing.

const fs = require('node:fs');
const path = require('node:path');
const { parseJSON } = require('../codec');
const { keyOf } = require('./arguments');
const { Failure } = require('./failures');
const { reading } = require('./store');

const get = {
  parameters: 'KEY',
  fewest: 1,
  most: 1,
  summary: 'print the value of an item',
  description: `
Prints the value of an item, as the JSON text that was stored. Ends with exit
code 1 if there is no such item, or it has expired.
`,
  options: ['json-key'],
  run({ args: [text], options, output }) {
    const key = keyOf(text, options);
    return reading(options, async (store, engine) => {
      const item = await engine.item(key, Date.now());
      if (item === undefined) throw new Failure(`There is no item ${JSON.stringify(key)}`);
      // A file that another program has written may contain anything.
      parseJSON(item.json, key);
      // The stored text is printed: parsing and writing it again would change some numbers.
      await output.write(`${item.json}\n`);
    });
  },
};

const keys = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'print all keys',
  description: `
Prints the keys of all items, one JSON string per line, in the order in which
the items were made.
`,
  options: ['prefix'],
  run({ options, output }) {
    const { prefix = '' } = options;
    return reading(options, async (store, engine) => {
      for await (const part of engine.parts('keys', { prefix })) {
        await output.write(part.map((key) => `${JSON.stringify(key)}\n`).join(''));
      }
    });
  },
};

const cat = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'print all items as JSON Lines',
  description: `
Prints the items of one moment as JSON Lines:

  {"key":"counter","value":100}
  {"key":"session","value":{"user":7},"expires":1795000000000}

Only an item that expires has \`expires\`, in milliseconds since 1970.
\`persist-lock import\` reads such lines.
`,
  options: ['prefix'],
  run({ options, output }) {
    const { prefix = '' } = options;
    return reading(options, async (store, engine) => {
      for await (const lines of engine.parts('lines', { prefix })) await output.write(`${lines}\n`);
    });
  },
};

const backup = {
  parameters: 'FILE',
  fewest: 1,
  most: 1,
  summary: 'write all items into one file',
  description: `
Writes the items of one moment to a self-contained file, while programs use the
store. A file of that name is replaced at once by the finished one. Prints
{"file":"…","bytes":1024}.

Commands that only read accept such a file instead of a store's folder:
persist-lock cat --dir FILE. Copied to .persist-lock/data.1.jsonl in a new
folder, it is a store there.
`,
  options: [],
  async run({ args: [name], options, output }) {
    const file = path.resolve(name);
    await reading(options, (store) => store.backup(file));
    await output.report({ file, bytes: fs.statSync(file).size });
  },
};

module.exports = { get, keys, cat, backup };
