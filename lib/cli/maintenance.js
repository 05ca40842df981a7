'use strict';

// The commands that check, repair and compact a store's file. They print the reports of the file
// engine.

const maintenance = require('../file/maintenance');
const { Failure } = require('./failures');
const { pasteable } = require('../pasteable');
const { withProgress } = require('./progress');
const { isBackup, lockTimeoutOf, pathToChange, pathToRead } = require('./store');

/** Runs long work and shows its progress; resolves with its report. */
function reportOf(name, begin) {
  const progress = new maintenance.Progress();
  return withProgress(name, progress, begin(progress));
}

async function stat({ options, output }) {
  await output.report(await maintenance.statStore(pathToRead(options)));
}

async function verify({ options, output }) {
  const dir = pathToRead(options);
  const report = await reportOf('verify', (progress) => maintenance.verifyStore(dir, progress));
  await output.report(report);
  if (report.damaged.length > 0) throw new Failure(damageOf(dir, report));
}

function damageOf(dir, { file, damaged }) {
  const [{ line }] = damaged;
  const where =
    damaged.length === 1 ? `line ${line}` : `${damaged.length} places, the first line ${line}`;
  const first = isBackup(dir)
    ? 'copy it to .persist-lock/data.1.jsonl in a new folder, and there '
    : '';
  const command = isBackup(dir)
    ? 'npx persist-lock repair'
    : `npx persist-lock repair --dir ${pasteable(dir)}`;
  return `${file} is damaged: ${where}. To keep everything in it that is intact, ${first}run: ${command}`;
}

async function repair({ options, output }) {
  const dir = pathToChange(options);
  const timeout = lockTimeoutOf(options);
  await output.report(
    await reportOf('repair', (progress) => maintenance.repairStore(dir, timeout, progress)),
  );
}

async function compact({ options, output }) {
  const dir = pathToChange(options);
  const timeout = lockTimeoutOf(options);
  await output.report(
    await reportOf('compact', (progress) => maintenance.compactStore(dir, timeout, progress)),
  );
}

module.exports = { stat, verify, repair, compact };
