'use strict';

// The file that a user edits. It is removed at the end, unless it has a text that would be lost.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

class Draft {
  #folder;
  #file;
  /** The bytes that it began with. */
  #begun;

  /** Writes the file, into a folder that its user alone can read. */
  begin(name, text) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
    this.#file = path.join(this.#folder, name);
    this.#begun = Buffer.from(text);
    fs.writeFileSync(this.#file, this.#begun, { mode: 0o600 });
  }

  get file() {
    return this.#file;
  }

  get hasBegun() {
    return this.#file !== undefined;
  }

  /** True if its user has saved another text. */
  get isChanged() {
    return fs.existsSync(this.#file) && !this.read().equals(this.#begun);
  }

  read() {
    return fs.readFileSync(this.#file);
  }

  /** Removes the file. */
  discard() {
    fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#file = undefined;
  }
}

module.exports = { Draft };
