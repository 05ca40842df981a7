'use strict';

// The long work that the page starts: verify, compact, backup. One at a time, with its progress.

const { pipeline } = require('node:stream/promises');
const { withoutPasswords } = require('../cli/database-url');
const { BackupFile } = require('./backup-file');
const { Refusal } = require('./guard');
const { reply } = require('./replies');

class JobRoutes {
  #inspected;
  /** The work under way, or the last one that has ended. */
  #job;
  #count = 0;
  /** The last backup, until it is downloaded. @type {BackupFile | undefined} */
  #backup;

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

  /** Writes a backup, which is downloaded afterwards. */
  backup(response) {
    const { store } = this.#inspected;
    this.#checkIdle();
    this.discard();
    const backup = new BackupFile();
    this.#backup = backup;
    this.#begin(response, 'backup', backup, async () => {
      await backup.write(store);
      return { bytes: backup.size };
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
    const backup = this.#backup;
    if (backup === undefined || backup.size === 0) throw new Refusal(404, 'There is no backup');
    // Another backup, which may begin meanwhile, is not this one.
    this.#backup = undefined;
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Content-Length': backup.size,
      'Content-Disposition': `attachment; filename="persist-lock-${time}.jsonl"`,
    });
    try {
      await pipeline(backup.stream(), response);
    } finally {
      await backup.discard();
    }
  }

  /** Removes a backup that nobody has downloaded. */
  discard() {
    this.#backup?.discard();
    this.#backup = undefined;
  }
}

module.exports = { JobRoutes };
