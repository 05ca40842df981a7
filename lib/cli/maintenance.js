'use strict';

// The commands that check, repair and compact a store's file. They print the reports of the file engine.

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

const stat = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'print the size of the store',
  description: `
Prints the size of the store:

  file     the data file
  bytes    its length
  live     the part of it that the items take; the rest is dead
  items    the number of items
  expired  the number of expired items that are still in the file
  commit   the number of the newest commit
`,
  options: [],
  async run({ options, output }) {
    await output.report(await maintenance.statStore(pathToRead(options)));
  },
};

const verify = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'check every byte of the store',
  description: `
Checks every byte of the data file, and prints a report. Changes nothing, and
blocks nobody. Ends with exit code 1 if the file is damaged.

  file     the data file
  bytes    its length
  items    the number of items; in a damaged file, of those before the damage
  commits  the number of intact commits after the checkpoint
  damaged  the damaged parts: line, offset, bytes
  torn     the length of an incomplete last write after a crash: no damage, the
           next write removes it
`,
  options: [],
  async run({ options, output }) {
    const dir = pathToRead(options);
    const report = await reportOf('verify', (progress) => maintenance.verifyStore(dir, progress));
    await output.report(report);
    if (report.damaged.length > 0) throw new Failure(damageOf(dir, report));
  },
};

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
  return `${file} is damaged: ${where}. To keep all that is whole in it, ${first}run: ${command}`;
}

const repair = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'keep everything intact in a damaged store',
  description: `
Writes every intact commit of a damaged store to a new file, which replaces all
data files, and the damaged bytes of each data file to another file next to it.
Lines that an editor or git has ended in CR LF are accepted. Programs that use
the store wait meanwhile, and continue with the new file. If nothing is damaged,
nothing changes. Prints a report:

  file      the data file that was checked
  repaired  true if it was damaged
  wrote     the file that has replaced it
  aside     the file with the damaged bytes
  items     the number of items now
  commits   the number of intact commits that were kept
  damaged   the damaged parts: line, offset, bytes
  older     the older data files, if any: file, aside, commits, damaged
`,
  options: ['lock-timeout'],
  async run({ options, output }) {
    const dir = pathToChange(options);
    const timeout = lockTimeoutOf(options);
    await output.report(
      await reportOf('repair', (progress) => maintenance.repairStore(dir, timeout, progress)),
    );
  },
};

const compact = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'rewrite the file without its dead bytes',
  description: `
Rewrites the data file without its dead bytes, while programs use the store. A
store does so itself when more than half of the file is dead. Needs free space
for the items next to the present file. Prints the report of \`stat\` afterwards.
`,
  options: ['lock-timeout'],
  async run({ options, output }) {
    const dir = pathToChange(options);
    const timeout = lockTimeoutOf(options);
    await output.report(
      await reportOf('compact', (progress) => maintenance.compactStore(dir, timeout, progress)),
    );
  },
};

module.exports = { stat, verify, repair, compact };
