'use strict';

// A backup on its way to a browser. It is written into a folder that only this user can read. The
// complete file loses its name at once, so a killed process leaves nothing. A folder that was left by
// one that was killed while it wrote is removed with a later backup.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const PREFIX = 'persist-lock-backup-';
/** The time without a write after which a folder is left over, in milliseconds. */
const LEFT_OVER = 60 * 60 * 1000;

class BackupFile {
  /** The bytes to write; 0 while they are not known. */
  total = 0;
  /** The bytes of the complete file. */
  size = 0;
  #folder;
  /** The complete file. @type {fs.promises.FileHandle | undefined} */
  #handle;

  constructor() {
    removeLeftOver();
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), PREFIX));
  }

  /** The bytes that are written. */
  get done() {
    return this.size || Math.max(0, ...statsIn(this.#folder).map(({ size }) => size));
  }

  /** Writes the items of a store. */
  async write(store) {
    try {
      this.total = (await store.stats()).liveBytes;
      const file = path.join(this.#folder, 'backup.jsonl');
      await store.backup(file);
      this.#handle = await fs.promises.open(file);
      this.size = (await this.#handle.stat()).size;
    } finally {
      remove(this.#folder);
    }
  }

  /** Makes a stream of the complete file. */
  stream() {
    return this.#handle.createReadStream({ start: 0, autoClose: false });
  }

  /** Removes the backup, also while it is being written. */
  async discard() {
    remove(this.#folder);
    await this.#handle?.close();
    // Windows keeps the name of an open file.
    remove(this.#folder);
  }
}

function remove(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is removed later.
  }
}

function removeLeftOver() {
  const names = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith(PREFIX));
  for (const folder of names.map((name) => path.join(os.tmpdir(), name))) {
    const written = Math.max(...statsIn(folder, '.').map(({ mtimeMs }) => mtimeMs));
    if (Date.now() - written > LEFT_OVER) remove(folder);
  }
}

/** Gives the state of the files in a folder, and of others there. */
function statsIn(folder, ...others) {
  try {
    const names = [...others, ...fs.readdirSync(folder)];
    return names.map((name) => fs.statSync(path.join(folder, name)));
  } catch {
    // It is removed or renamed at this moment, or another user's.
    return [];
  }
}

module.exports = { BackupFile };
