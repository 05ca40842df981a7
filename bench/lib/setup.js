'use strict';

// Installs the packages of the benchmark, unless they are those of its lock file already.

const { spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const path = require('node:path');

const bench = path.join(__dirname, '..');

function packagesAreCurrent() {
  const installed = path.join(bench, 'node_modules', '.package-lock.json');
  const wanted = path.join(bench, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

/** Node's headers, where they are installed beside it: with them better-sqlite3 builds without a download. */
function headers() {
  const prefix = path.resolve(process.execPath, '..', '..');
  const isThere = existsSync(path.join(prefix, 'include', 'node', 'node.h'));
  return isThere ? { npm_config_nodedir: prefix } : {};
}

function installPackages() {
  if (packagesAreCurrent()) return;
  console.log(
    '> npm install (in bench/; better-sqlite3 may have to be compiled, which takes minutes)',
  );
  const { status, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: bench,
    stdio: 'inherit',
    env: { ...process.env, ...headers() },
    // Windows finds npm, which is a script there, only through its shell.
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) throw new Error('The packages of bench/ could not be installed.');
}

module.exports = { installPackages };
