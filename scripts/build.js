'use strict';

// Builds the addon, after installing the packages that this needs: a fresh clone needs only Node
// and Rust. Passes its arguments, such as `--target`, to `napi build`.

const { spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const OLDEST_NODE = 20;

function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

function run(command, args) {
  console.log(`> ${command} ${args.join(' ')}`);
  // On Windows npm and napi are scripts, which only the shell finds.
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function checkTools() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`Building persist-lock needs Node ${OLDEST_NODE} or newer. This is ${process.version}.`);
  }
  if (spawnSync('cargo', ['--version']).status !== 0) {
    fail(
      'Building the addon needs Rust, but cargo was not found.\n' +
        'Install Rust from https://rustup.rs, open a new terminal, and run this command again.',
    );
  }
}

/** Tells whether the installed packages are those of the lock file. */
function packagesAreCurrent() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  const wanted = path.join(root, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

checkTools();
// Not `npm ci`: it refuses lock files from which npm has left out the optional packages of other
// platforms.
if (!packagesAreCurrent()) run('npm', ['install', '--no-audit', '--no-fund']);
const napi = path.join(root, 'node_modules', '.bin', 'napi');
const build = 'build --platform --release --js binding.js --dts binding.d.ts'.split(' ');
run(napi, [...build, ...process.argv.slice(2)]);
