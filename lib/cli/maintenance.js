'use strict';

// The commands that look at a store's file as such, and mend it. They print the reports of the native side.

const binding = require('../file/maintenance');
const { Failure } = require('./failures');
const { pasteable } = require('../pasteable');
const { withProgress } = require('./progress');
const { isBackup, lockTimeoutOf, pathToChange, pathToRead } = require('./store');

/** Runs long work of the native side; resolves with its report. */
function reportOf(name, begin) {
  const progress = new binding.Progress();
  return withProgress(name, progress, begin(progress));
}

const stat = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'tell how much is in the store',
  description: `
Prints how much is in the store:

  file     the file that holds the items
  bytes    its length
  live     how many bytes of it are the items', the rest is dead
  items    how many items there are
  expired  how many more have expired, and are still kept
  commit   the number of the newest commit
`,
  options: [],
  async run({ options, output }) {
    await output.report(await binding.statStore(pathToRead(options)));
  },
};

const verify = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'check every byte of the store',
  description: `
Checks the store's file from end to end, and prints a report. Changes nothing,
and holds up nobody. Ends with exit code 1 if the file is damaged.

  file     the file that holds the items
  bytes    its length
  items    how many items it holds; of a damaged file, those before the damage
  commits  how many whole commits it has
  damaged  what is not whole: line, offset, bytes
  torn     how many bytes of a write that a crash cut short stand at its end:
           no damage, the next write tidies them away
`,
  options: [],
  async run({ options, output }) {
    const dir = pathToRead(options);
    const report = await reportOf('verify', (progress) => binding.verifyStore(dir, progress));
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
  summary: 'keep all that is whole in a damaged store',
  description: `
Writes every whole commit of a damaged store into a new file, which takes the
place of all data files that are there, and the damaged bytes of each into a
file of their own beside it. Lines that an editor or git has ended in CR LF are
read as they were. Programs that
use the store wait meanwhile, and go on with the new file. Where nothing is
damaged, nothing is changed. Prints a report:

  file      the file that was looked at
  repaired  whether it was damaged
  wrote     the file that has taken its place
  aside     the file with the damaged bytes
  items     how many items there are now
  commits   how many whole commits were kept
  damaged   what was not whole: line, offset, bytes
  older     older data files that were there: file, aside, commits, damaged
`,
  options: ['lock-timeout'],
  async run({ options, output }) {
    const dir = pathToChange(options);
    const timeout = lockTimeoutOf(options);
    await output.report(
      await reportOf('repair', (progress) => binding.repairStore(dir, timeout, progress)),
    );
  },
};

const compact = {
  parameters: '',
  fewest: 0,
  most: 0,
  summary: 'leave the dead bytes of the file behind',
  description: `
Rewrites the store's file with the items that are left of it, while programs use
it. They do so by themselves when more than half of the file is dead. Needs room
for the items beside the present file. Prints what is in the store then, as
\`stat\` does.
`,
  options: ['lock-timeout'],
  async run({ options, output }) {
    const dir = pathToChange(options);
    const timeout = lockTimeoutOf(options);
    await output.report(
      await reportOf('compact', (progress) => binding.compactStore(dir, timeout, progress)),
    );
  },
};

module.exports = { stat, verify, repair, compact };
