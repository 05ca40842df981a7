'use strict';

// The test suites that node-persist 4.0.4, 2.1.0, 1.0.1 and 0.0.12 are published with run against the drop-ins, unchanged except for
// what they require: the drop-in, and for the earlier ones an `fs` that looks for the file of an item in the store.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

const root = path.resolve(__dirname, '..', '..');
const itemFiles = path.join(root, '__test__', 'support', 'programs', 'item-files.js');

/** A suite: the package that has it, the drop-in, and the number of tests. */
const SUITES = [
  { version: '4.0.4', name: 'node-persist', dropIn: 'node-persist.js' },
  { version: '2.1.0', name: 'node-persist-2', dropIn: 'node-persist/v2.js', fs: itemFiles },
  { version: '1.0.1', name: 'node-persist-1', dropIn: 'node-persist/v1.js', fs: itemFiles },
  { version: '0.0.12', name: 'node-persist-0', dropIn: 'node-persist/v0.js', fs: itemFiles },
];

// The suites make and delete their folders with packages that are no longer maintained; Node can do it today.
const PACKAGES = {
  rimraf: `module.exports = (path, done) =>
    require('node:fs').rm(path, { recursive: true, force: true }, done);`,
  mkdirp: `const fs = require('node:fs');
    module.exports = (path, done) => fs.mkdir(path, { recursive: true }, done);
    module.exports.sync = (path) => fs.mkdirSync(path, { recursive: true });`,
};

/** Lists the texts of a suite that are replaced. */
function replacementsOf({ dropIn, fs: files }) {
  const ours = JSON.stringify(path.join(root, dropIn));
  const replacements = [
    ["require('../src/local-storage')", `require(${ours}).LocalStorage`],
    ["require('../src/node-persist')", `require(${ours})`],
  ];
  if (files) replacements.push(['require("fs")', `require(${JSON.stringify(files)})`]);
  return replacements;
}

/** Copies a suite into a new folder, since it keeps its storages beside itself. */
function copyOf(t, suite) {
  const theirs = path.join(root, 'node_modules', suite.name);
  const folder = temporaryFolder(t);
  let text = fs.readFileSync(path.join(theirs, 'tests', 'index.js'), 'utf8');
  for (const [before, after] of replacementsOf(suite)) {
    assert.equal(text.split(before).length, 2, before);
    text = text.replace(before, after);
  }
  const modules = path.join(folder, 'node_modules');
  for (const [name, code] of Object.entries(PACKAGES)) {
    fs.mkdirSync(path.join(modules, name), { recursive: true });
    fs.writeFileSync(path.join(modules, name, 'index.js'), code);
  }
  fs.symlinkSync(path.join(root, 'node_modules', 'chai'), path.join(modules, 'chai'), 'junction');
  fs.copyFileSync(path.join(theirs, 'package.json'), path.join(folder, 'package.json'));
  fs.mkdirSync(path.join(folder, 'tests'));
  fs.writeFileSync(path.join(folder, 'tests', 'index.js'), text);
  return { folder, cases: text.match(/\bit\(/g).length };
}

// They wait for intervals most of the time.
describe('published suites', { concurrency: true }, () => {
  for (const suite of SUITES) {
    test(`the suite of node-persist ${suite.version} passes`, async (t) => {
      const { folder, cases } = copyOf(t, suite);
      const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
      const options = ['--reporter', 'json', '--reporter-option', 'output=report.json'];
      const args = [mocha, ...options, 'tests/'];
      const { code, stdout, stderr } = await runScript(args, { cwd: folder });
      const report = fs.readFileSync(path.join(folder, 'report.json'), 'utf8');
      const { stats, failures } = JSON.parse(report);
      assert.deepEqual(failures, []);
      assert.equal(code, 0, stdout + stderr);
      assert.equal(stats.passes, cases);
      const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
      assert.equal(manifest.version, suite.version);
    });
  }
});
