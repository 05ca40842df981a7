'use strict';

// The text of the package's typings: index.d.ts, and the files of `types/` that it is made of.

const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const files = fs.readdirSync(path.join(root, 'types')).map((name) => path.join('types', name));

const typings = ['index.d.ts', ...files]
  .map((file) => fs.readFileSync(path.join(root, file), 'utf8'))
  .join('\n');

module.exports = { typings };
