'use strict';

// A file system on a loop device in memory, for the flushes of a file system with a journal: there
// a flush costs nothing, so that the work around it shows, and the kernel counts the flushes.
//
// It needs Linux, root and the programs that make file systems. The device belongs to its mount:
// the kernel frees it with the last process that uses the mount, also if this process is killed.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The size of the device: the least of an XFS, and room for its stores. It takes memory as used. */
const SIZE = '512M';

/** The position of the completed flushes in the device's `stat` file. */
const FLUSHES = 15;

/** Runs a command; gives its output, and throws its message if it fails. */
function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error?.code === 'ENOENT') throw new Error(`${command} is not installed`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command}: ${stderr.trim().split('\n')[0]}`);
  return stdout.trim();
}

class LoopDevice {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-bench-'));
  #mounts = [];

  /** The name of the block device. */
  device;

  /** Makes and mounts a new file system; throws an error with the reason if that is not possible. */
  constructor(fileSystem) {
    try {
      if (process.platform !== 'linux') throw new Error('Loop devices need Linux');
      if (process.getuid() !== 0) throw new Error('Mounting needs root');
      const memory = this.#mount('memory', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs');
      const file = path.join(memory, 'disk');
      run('truncate', '-s', SIZE, file);
      run(`mkfs.${fileSystem}`, '-q', file);
      const mounted = this.#mount('mounted', '-o', 'loop', file);
      this.device = path.basename(run('findmnt', '--noheadings', '--output', 'SOURCE', mounted));
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The folder of the file system. */
  get folder() {
    return path.join(this.#folder, 'mounted');
  }

  #mount(name, ...args) {
    const folder = path.join(this.#folder, name);
    fs.mkdirSync(folder);
    run('mount', ...args, folder);
    this.#mounts.unshift(folder);
    return folder;
  }

  /** Unmounts and removes everything, also while a process that was interrupted still uses it. */
  remove() {
    for (const folder of this.#mounts.splice(0)) run('umount', '--lazy', folder);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Reads the number of flushes that a device has completed. */
function flushesOf(device) {
  const counters = fs.readFileSync(`/sys/block/${device}/stat`, 'utf8').trim().split(/\s+/);
  return Number(counters[FLUSHES]);
}

module.exports = { LoopDevice, flushesOf };
