'use strict';

// The programs of docs/MIGRATING.md, run with node-persist and with the drop-in: both print their last lines, so every improvement
// and every loss that the document names is real.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { notNode: skip } = require('../support/runtime');

const root = path.resolve(__dirname, '..', '..');
const text = fs.readFileSync(path.join(root, 'docs', 'MIGRATING.md'), 'utf8');

/** Which package a program is run with, by the name that its last lines have for it. */
const PACKAGES = { 'node-persist': 'node-persist', 'persist-lock': 'persist-lock/node-persist' };

const programs = [...text.matchAll(/^###? (.*?)$|^```js\n(.*?)^```$/gms)].reduce(
  (found, [, heading, code]) => {
    if (heading) return { ...found, heading };
    return { ...found, list: [...found.list, { heading: found.heading, code }] };
  },
  { list: [] },
).list;

async function run(t, code, name) {
  const folder = temporaryFolder(t);
  const modules = path.join(folder, 'node_modules');
  fs.mkdirSync(modules);
  fs.symlinkSync(root, path.join(modules, 'persist-lock'), 'junction');
  const theirs = path.join(root, 'node_modules', 'node-persist');
  fs.symlinkSync(theirs, path.join(modules, 'node-persist'), 'junction');
  const file = /^import /m.test(code) ? 'program.mjs' : 'program.js';
  fs.writeFileSync(
    path.join(folder, file),
    name === 'node-persist' ? code.replace("'persist-lock/node-persist'", `'${name}'`) : code,
  );
  return runScript([file], { cwd: folder });
}

function check({ code, stdout, stderr }, expected) {
  const [, exit] = expected.match(/^exit code (\d+)$/) ?? [];
  assert.equal(code, Number(exit ?? 0), stderr);
  const [, limit] = expected.match(/^fewer than (\d+)$/) ?? [];
  if (limit) assert.ok(Number(stdout) < Number(limit), stdout);
  else assert.equal(stdout, exit ? '' : `${expected}\n`);
}

for (const { heading, code } of programs) {
  for (const name of Object.keys(PACKAGES)) {
    const lines = [...code.matchAll(new RegExp(`^// ${name}: (.*)$`, 'gm'))];
    if (lines.length === 0) continue;
    const expected = lines.map(([, line]) => line).join('\n');
    test(`${heading}: with ${name} it gives ${expected}`, { skip }, async (t) => {
      check(await run(t, code, PACKAGES[name]), expected);
    });
  }
}

test('every program announces its output', () => {
  assert.equal(programs.length, 14);
  for (const { code } of programs) assert.match(code, /^\/\/ persist-lock: /m);
});
