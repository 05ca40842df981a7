'use strict';

// The long work that the page starts: verify, compact, backup. One at a time, with its progress.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { withoutPasswords } = require('../cli/database-url');
const { Refusal } = require('./guard');
const { reply } = require('./replies');

class JobRoutes {
  #inspected;
  /** The work under way, or the last one that has ended. */
  #job;
  #count = 0;
  /** The folder of the last backup, until it is downloaded. */
  #folder;

  /** @param {import('./inspected').Inspected} inspected */
  constructor(inspected) {
    this.#inspected = inspected;
  }

  /** Describes the work under way, or the last one; `null` before the first. */
  present() {
    if (this.#job === undefined) return null;
    const { id, name, state, progress, report, message } = this.#job;
    return { id, name, state, done: progress.done, total: progress.total, report, message };
  }

  verify(response) {
    const { files } = this.#inspected;
    this.#begin(response, 'verify', files.newProgress(), (progress) => files.verify(progress));
  }

  compact(response) {
    const { files } = this.#inspected;
    this.#begin(response, 'compact', files.newProgress(), (progress) => files.compact(progress));
  }

  /** Writes a backup into a folder that only this user can read, from where it is downloaded. */
  backup(response) {
    const { store } = this.#inspected;
    this.#checkIdle();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-backup-'));
    this.#begin(response, 'backup', new FileProgress(folder), async (progress) => {
      this.discard();
      this.#folder = folder;
      progress.total = (await store.stats()).liveBytes;
      await store.backup(path.join(folder, 'backup.jsonl'));
      return { bytes: progress.done };
    });
  }

  #begin(response, name, progress, run) {
    this.#checkIdle();
    const job = { id: ++this.#count, name, state: 'runs', progress };
    this.#job = job;
    run(progress).then(
      (report) => Object.assign(job, { state: 'done', report }),
      (error) =>
        Object.assign(job, { state: 'failed', message: withoutPasswords(String(error.message)) }),
    );
    reply(response, { id: job.id }, 202);
  }

  #checkIdle() {
    if (this.#job?.state !== 'runs') return;
    throw new Refusal(409, `Wait for the end of: ${this.#job.name}`);
  }

  /** Sends the backup, and removes it. */
  async download(response) {
    const folder = this.#folder;
    if (folder === undefined || this.#job.state !== 'done')
      throw new Refusal(404, 'There is no backup');
    const file = path.join(folder, 'backup.jsonl');
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Content-Length': fs.statSync(file).size,
      'Content-Disposition': `attachment; filename="persist-lock-${time}.jsonl"`,
    });
    await pipeline(fs.createReadStream(file), response);
    this.discard();
  }

  /** Removes a backup that nobody has downloaded. */
  discard() {
    if (this.#folder !== undefined) fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

/** The progress of work that writes a file: the size of what is in its folder. */
class FileProgress {
  total = 0;
  #folder;

  constructor(folder) {
    this.#folder = folder;
  }

  get done() {
    try {
      const sizes = fs
        .readdirSync(this.#folder)
        .map((name) => fs.statSync(path.join(this.#folder, name)).size);
      return Math.max(0, ...sizes);
    } catch {
      // It is downloaded and removed, or its name changes at this moment.
      return this.total;
    }
  }
}

module.exports = { JobRoutes };
