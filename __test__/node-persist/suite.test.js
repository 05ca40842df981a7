'use strict';

// The test suite of node-persist 4.0.4 runs against the drop-in, unchanged except for its `require`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

const root = path.resolve(__dirname, '..', '..');
const theirs = path.join(root, 'node_modules', 'node-persist');
const ours = JSON.stringify(path.join(root, 'node-persist.js'));

const REQUIRES = [
  ["require('../src/local-storage')", `require(${ours}).LocalStorage`],
  ["require('../src/node-persist')", `require(${ours})`],
];

// The suite deletes its folders with a package that is no longer maintained; Node can do it today.
const RIMRAF = `module.exports = (path, done) =>
  require('node:fs').rm(path, { recursive: true, force: true }, done);`;

/** Copies the suite into a new folder, since it keeps its storages beside itself. */
function suite(t) {
  const folder = temporaryFolder(t);
  let text = fs.readFileSync(path.join(theirs, 'tests', 'index.js'), 'utf8');
  for (const [before, after] of REQUIRES) {
    assert.equal(text.split(before).length, 2, before);
    text = text.replace(before, after);
  }
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(path.join(modules, 'rimraf'), { recursive: true });
  fs.writeFileSync(path.join(modules, 'rimraf', 'index.js'), RIMRAF);
  fs.symlinkSync(path.join(root, 'node_modules', 'chai'), path.join(modules, 'chai'), 'junction');
  fs.copyFileSync(path.join(theirs, 'package.json'), path.join(folder, 'package.json'));
  fs.mkdirSync(path.join(folder, 'tests'));
  fs.writeFileSync(path.join(folder, 'tests', 'index.js'), text);
  return { folder, cases: text.match(/\bit\(/g).length };
}

test("node-persist's own suite passes", async (t) => {
  const { folder, cases } = suite(t);
  const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const options = ['--reporter', 'json', '--reporter-option', 'output=report.json'];
  const { code, stdout, stderr } = await runScript([mocha, ...options, 'tests/'], { cwd: folder });
  const { stats, failures } = JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8'));
  assert.deepEqual(failures, []);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stats.passes, cases);
  assert.equal(JSON.parse(fs.readFileSync(path.join(theirs, 'package.json'))).version, '4.0.4');
});
