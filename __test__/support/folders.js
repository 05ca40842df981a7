'use strict';

// Folders that are gone after the test.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { onWindows } = require('./system');

function newFolder() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
}

/**
 * The most attempts to remove a folder: a compaction of a worker thread that was terminated may still
 * make files in it.
 */
const ATTEMPTS = 10;
/** The codes with which Windows refuses to remove a folder with a file that is open. */
const LEFT = new Set(['EBUSY', 'ENOTEMPTY', 'EPERM']);

function removeFolder(folder) {
  for (let attempt = 1; ; attempt++) {
    try {
      fs.rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      // A file that a store without `close` still has open may keep its name on Windows.
      if (onWindows && LEFT.has(error.code)) return;
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

/**
 * Mounts an exFAT, which has no holes in files, no modes, no links and no fractions of seconds, and
 * finds a name in any case; skips the test where none may be mounted. `mountAgain` forgets all that
 * is only in memory.
 */
function mountedWithoutHoles(t) {
  const run = (command, ...args) =>
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const folder = newFolder();
  const image = `${folder}.image`;
  const undoing = [() => fs.rmSync(image, { force: true }), () => fs.rmdirSync(folder)];
  t.after(() => undoing.reverse().forEach((undo) => undo()));
  try {
    fs.writeFileSync(image, '');
    fs.truncateSync(image, 32 << 20);
    run('mkfs.exfat', image);
    const device = run('losetup', '--find', '--show', image);
    undoing.push(() => run('losetup', '--detach', device));
    const mount = () => run('mount.exfat-fuse', device, folder);
    mount();
    undoing.push(() => run('umount', '--lazy', folder));
    const mountAgain = () => {
      run('umount', folder);
      mount();
    };
    return { folder, mountAgain };
  } catch {
    t.skip('needs root, loop devices and an exFAT over FUSE');
    return undefined;
  }
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

module.exports = {
  mounted,
  mountedWithoutFractions,
  mountedWithoutHoles,
  newFolder,
  removeFolder,
  temporaryFolder,
};
