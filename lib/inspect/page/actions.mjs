// The actions on the whole store: backup, compact, verify, and their progress.

import { button, element, part, setText } from './dom.mjs';
import { attempt, notice } from './notices.mjs';
import { startJob } from './requests.mjs';
import { countText, sizeText } from './texts.mjs';

const TITLES = { backup: 'Backup', compact: 'Compact', verify: 'Verify' };
const HELP = {
  backup: 'Writes the items of this moment into a file, and downloads it',
  compact: 'Rewrites the data file without its dead bytes',
  verify: 'Checks every byte of the data file',
};

/** True if the user of this page waits for a backup. */
let wantsBackup = false;
/** The number of the work whose end this page has told; `undefined` before the first event. */
let told;

/** Shows the buttons. */
export function showActions() {
  for (const [name, title] of Object.entries(TITLES)) {
    const start = () => {
      // Before the answer: the end of the work may be told earlier.
      wantsBackup = name === 'backup';
      return startJob(name);
    };
    part('actions').append(button(title, () => attempt(start), { title: HELP[name] }));
  }
}

/** Shows the state of the work that was started last, by any page; `null` before the first. */
export function showJob(job) {
  const isRunning = job?.state === 'runs';
  part('job').hidden = !isRunning;
  for (const action of part('actions').querySelectorAll('button')) action.disabled = isRunning;
  if (isRunning) showProgress(job);
  // Work that had ended before the page was opened is not told.
  told ??= isRunning ? 0 : (job?.id ?? 0);
  if (job === null || isRunning || job.id === told) return;
  told = job.id;
  tellEnd(job);
}

function showProgress({ name, done, total }) {
  setText(part('job-name'), TITLES[name]);
  const bar = part('job-bar');
  if (total > 0) bar.value = Math.min(done / total, 1);
  else bar.removeAttribute('value');
}

function tellEnd({ name, state, report, message }) {
  if (state === 'failed') {
    notice(message, { isError: true });
    return;
  }
  if (wantsBackup && name === 'backup') download();
  notice(resultOf(name, report), { isError: name === 'verify' && report.damaged.length > 0 });
}

function download() {
  wantsBackup = false;
  const link = element('a', { href: '/api/backup', download: '' });
  document.body.append(link);
  link.click();
  link.remove();
}

function resultOf(name, { bytes, items, damaged }) {
  if (name === 'backup') return `The backup has ${sizeText(bytes)}`;
  if (name === 'compact') return `The data file has ${sizeText(bytes)} now`;
  if (damaged.length === 0)
    return `No damage in ${sizeText(bytes)} with ${countText(items, 'item')}`;
  return `${countText(damaged.length, 'place')} of the data file damaged, the first in line ${damaged[0].line}. See npx persist-lock verify`;
}
