'use strict';

// The suite that Keyv publishes for its stores, which is for Keyv 5, runs against the store.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');
const { Keyv } = require('keyv');
const suite = require('@keyv/test-suite');
const { KeyvStore } = require('../../keyv');
const { newPlace, open } = require('../support/engine');
const vitest = require('../support/vitest');

describe('suite', () => {
  let store;
  const cleaning = [];

  before(() => {
    store = open(newPlace({ after: (clean) => cleaning.push(clean) }));
  });
  after(async () => {
    await store.close();
    for (const clean of cleaning) clean();
  });

  suite.default(vitest, Keyv, () => new KeyvStore(store));
  suite.keyvIteratorTests(vitest, Keyv, () => new KeyvStore(store));
});

test('it is the suite of Keyv 5', () => {
  const modules = path.resolve(__dirname, '..', '..', 'node_modules');
  const versionOf = (name) =>
    JSON.parse(fs.readFileSync(path.join(modules, name, 'package.json'), 'utf8')).version;
  assert.equal(versionOf('@keyv/test-suite'), '2.1.2');
  assert.match(versionOf('keyv'), /^5\./);
});
