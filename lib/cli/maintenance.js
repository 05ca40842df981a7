'use strict';

// The commands that check, repair and compact a store's file. They print the reports of the file
// engine, which is loaded when a folder is named.

const { Failure } = require('./failures');
const { pasteable } = require('../pasteable');
const { withProgress } = require('./progress');
const { folderOf, lockTimeoutOf, placeOf } = require('./store');

/** The advice to those who want a command on files of a database. */
const INSTEAD = {
  verify: 'Check a database by pg_amcheck, and its data checksums',
  repair: 'Restore a database from its own backups',
  compact: 'PostgreSQL removes dead rows itself, by autovacuum',
};

/** Runs long work and shows its progress; resolves with its report. */
function reportOf(name, begin) {
  const maintenance = require('../file/maintenance');
  const progress = new maintenance.Progress();
  return withProgress(name, progress, begin(maintenance, progress));
}

async function stat({ options, output }) {
  await output.report(await placeOf(options).stat());
}

async function verify({ options, output }) {
  const folder = folderOf('verify', options, INSTEAD.verify);
  const dir = folder.pathToRead();
  const report = await reportOf('verify', ({ verifyStore }, progress) => {
    return verifyStore(dir, progress);
  });
  await output.report(report);
  if (report.damaged.length > 0) throw new Failure(damageOf(folder, dir, report));
}

function damageOf({ isBackup }, dir, { file, damaged }) {
  const [{ line }] = damaged;
  const where =
    damaged.length === 1 ? `line ${line}` : `${damaged.length} places, the first line ${line}`;
  const first = isBackup ? 'copy it to .persist-lock/data.1.jsonl in a new folder, and there ' : '';
  const command = isBackup
    ? 'npx persist-lock repair'
    : `npx persist-lock repair --dir ${pasteable(dir)}`;
  return `${file} is damaged: ${where}. To keep everything in it that is intact, ${first}run: ${command}`;
}

async function repair({ options, output }) {
  const dir = folderOf('repair', options, INSTEAD.repair).pathToChange();
  const timeout = lockTimeoutOf(options);
  const report = await reportOf('repair', ({ repairStore }, progress) => {
    return repairStore(dir, timeout, progress);
  });
  await output.report(report);
}

async function compact({ options, output }) {
  const dir = folderOf('compact', options, INSTEAD.compact).pathToChange();
  const timeout = lockTimeoutOf(options);
  const report = await reportOf('compact', ({ compactStore }, progress) => {
    return compactStore(dir, timeout, progress);
  });
  await output.report(report);
}

module.exports = { stat, verify, repair, compact };
