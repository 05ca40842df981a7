'use strict';

// The platforms of the packages: every list of them names the same ones.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const targets = require('../../scripts/platforms/targets');

const root = path.resolve(__dirname, '..', '..');
const read = (...names) => fs.readFileSync(path.join(root, ...names), 'utf8');
const manifest = require('../../package.json');

/** The target that `npm test` runs on, and `npm run platforms` does not. */
const NATIVE = { triple: 'x86_64-unknown-linux-gnu', addon: 'linux-x64-gnu' };
const all = [NATIVE, ...targets];
const published = all.filter(({ triple }) => manifest.napi.targets.includes(triple));
const sorted = (names) => [...names].sort();

test('each target of the packages is tried, and each target that is tried stands for a package', () => {
  assert.deepEqual(sorted(published.map(({ triple }) => triple)), sorted(manifest.napi.targets));
  const names = published.map(({ addon }) => addon);
  assert.deepEqual(sorted(names), sorted(fs.readdirSync(path.join(root, 'npm'))));
  for (const { addon } of all) assert.ok(addon === undefined || names.includes(addon), addon);
});

test('PLATFORMS.md has a row for each target', () => {
  const rows = read('docs', 'PLATFORMS.md').matchAll(/^\| `([\w-]+)` +\|/gm);
  assert.deepEqual(
    sorted(new Set([...rows].map(([, triple]) => triple))),
    sorted(all.map(({ triple }) => triple)),
  );
});

test('the README names the platforms of the packages', () => {
  const [, table] = /\| platform [^\n]*\n\|[^\n]*\n(.*?)\n\n/s.exec(read('README.md'));
  const named = table.split('\n').flatMap((row) => row.split('|')[1].trim().split(', '));
  const systems = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
  const expected = fs.readdirSync(path.join(root, 'npm')).map((name) => {
    const { os, cpu } = JSON.parse(read('npm', name, 'package.json'));
    const library = os[0] === 'linux' ? ` (${name.endsWith('musl') ? 'musl' : 'glibc'})` : '';
    return `${systems[os[0]]} ${cpu[0]}${library}`;
  });
  assert.deepEqual(sorted(named), sorted(expected));
});
