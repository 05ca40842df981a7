'use strict';

// Folders that are gone after the test.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

function newFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
}

function removeFolder(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Makes an empty folder. */
function temporaryFolder(t) {
  const folder = newFolder();
  t.after(() => removeFolder(folder));
  return folder;
}

/** Mounts a small file system; skips the test where none may be mounted. */
function mounted(t, options) {
  const folder = newFolder();
  try {
    const mount = ['-t', 'tmpfs', '-o', options, 'persist-lock', folder];
    execFileSync('mount', mount, { stdio: 'ignore' });
  } catch {
    fs.rmdirSync(folder);
    t.skip('file systems cannot be mounted here');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmdirSync(folder);
  });
  return folder;
}

module.exports = { mounted, newFolder, removeFolder, temporaryFolder };
