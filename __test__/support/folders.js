'use strict';

// Folders that are gone after the test.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

function newFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
}

/**
 * The most attempts to remove a folder: a compaction of a worker thread that was terminated may still
 * make files in it.
 */
const ATTEMPTS = 10;

function removeFolder(folder) {
  for (let attempt = 1; ; attempt++) {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Makes an empty folder. */
function temporaryFolder(t) {
  const folder = newFolder();
  t.after(() => removeFolder(folder));
  return folder;
}

/** Mounts a small file system; skips the test where none may be mounted. */
function mounted(t, options) {
  return mountedBy(t, ['-t', 'tmpfs', '-o', options, 'persist-lock']);
}

/** Mounts a file system that counts the times of folders in seconds; skips the test where none may be mounted. */
function mountedWithoutFractions(t) {
  const image = path.join(temporaryFolder(t), 'image');
  try {
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 16 << 20);
    // Inodes of so many bytes have no room for nanoseconds.
    execFileSync('mkfs.ext4', ['-q', '-F', '-I', '128', image], { stdio: 'ignore' });
  } catch {
    t.skip('there is no mkfs.ext4');
    return undefined;
  }
  return mountedBy(t, ['-o', 'loop', image]);
}

function mountedBy(t, mount) {
  const folder = newFolder();
  try {
    execFileSync('mount', [...mount, folder], { stdio: 'ignore' });
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

module.exports = { mounted, mountedWithoutFractions, newFolder, removeFolder, temporaryFolder };
