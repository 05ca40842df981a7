'use strict';

// The README tells the published results of the benchmark.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { PUBLISHED } = require('../../bench/lib/arguments');
const readme = require('../../bench/lib/readme');
const results = require('../../bench/lib/results');

const file = path.join(PUBLISHED, `${process.platform}-${process.arch}.json`);
const skip = !fs.existsSync(file) && 'no results of this platform are published';

test('the table of the README is the one that the published results make', { skip }, () => {
  const text = fs.readFileSync(readme.FILE, 'utf8');
  assert.equal(readme.withTable(text, results.read(PUBLISHED)), text);
});
