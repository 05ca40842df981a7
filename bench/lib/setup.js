'use strict';

// Installs the packages of the benchmark, unless those of its lock file are installed already.

const { spawnSync } = require('node:child_process');
const { existsSync, statSync } = require('node:fs');
const path = require('node:path');

const bench = path.join(__dirname, '..');

function packagesAreCurrent() {
  const installed = path.join(bench, 'node_modules', '.package-lock.json');
  const wanted = path.join(bench, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

/**
 * Finds Node's headers, if they are installed beside it: then better-sqlite3 builds without a
 * download.
 */
function headers() {
  const prefix = path.resolve(process.execPath, '..', '..');
  const isThere = existsSync(path.join(prefix, 'include', 'node', 'node.h'));
  return isThere ? { npm_config_nodedir: prefix } : {};
}

function installPackages() {
  if (packagesAreCurrent()) return;
  console.log(
    '> npm install (in bench/; better-sqlite3 may have to be compiled, which takes minutes and is shown)',
  );
  const { status, error } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--foreground-scripts'],
    {
      cwd: bench,
      stdio: 'inherit',
      env: { ...process.env, ...headers() },
      // On Windows npm is a script, which only the shell finds.
      shell: process.platform === 'win32',
    },
  );
  if (error) throw error;
  if (status !== 0) {
    throw new Error('The packages of bench/ could not be installed: see the output of npm above');
  }
}

module.exports = { installPackages };
