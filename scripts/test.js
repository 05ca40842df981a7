'use strict';

// Runs every test: the core as plain Rust, then the package as its users have it. `node scripts/test.js javascript` runs
// those of the package alone, on an addon that has been built, which takes no Rust.

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');

function run(command, args) {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const tests = readdirSync(path.join(root, '__test__'), { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .sort()
  .map((name) => path.join('__test__', name));

if (process.argv[2] !== 'javascript') run('cargo', ['test', '--no-default-features']);
run(process.execPath, ['--test', ...tests]);
