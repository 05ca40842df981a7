'use strict';

// Describes the machine as far as the figures depend on it, and without anything that identifies
// it.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The names of file systems by their number in `statfs`; others are given by number. */
const FILE_SYSTEMS = {
  0x1021994: 'tmpfs',
  0x1a: 'apfs',
  0x2fc12fc1: 'zfs',
  0x5346544e: 'ntfs',
  0x58465342: 'xfs',
  0x6969: 'nfs',
  0x794c7630: 'overlayfs',
  0x9123683e: 'btrfs',
  0xef53: 'ext4',
  0xf2f52010: 'f2fs',
};

function fileSystemOf(folder) {
  const { type } = fs.statfsSync(folder);
  return FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`;
}

function machine(folder) {
  const cpus = os.cpus();
  return {
    cpu: cpus[0].model.trim(),
    cores: cpus.length,
    // Without the suffix of a distribution or a provider.
    kernel: `${os.type()} ${/^\d+(\.\d+)*/.exec(os.release())[0]}`,
    node: process.version,
    fileSystem: fileSystemOf(folder),
  };
}

/** Reads the versions of the measured packages. */
function versions() {
  const root = path.join(__dirname, '..');
  const { dependencies } = require(path.join(root, 'package.json'));
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).version;
  const found = { 'persist-lock': read(path.join(root, '..', 'package.json')) };
  for (const name of Object.keys(dependencies)) {
    const file = path.join(root, 'node_modules', name, 'package.json');
    if (fs.existsSync(file)) found[name] = read(file);
  }
  return found;
}

module.exports = { machine, versions };
