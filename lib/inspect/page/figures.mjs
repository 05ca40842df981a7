// The figures of the store, and the rate of its commits over the last minute.

import { element, part, setText } from './dom.mjs';
import { clockText, countText, durationText, fineText, numberText, sizeText } from './texts.mjs';

/** The seconds that the curve shows. */
const SECONDS = 60;

const TITLES = {
  rate: 'Commits',
  waits: 'Waiting',
  sync: 'Sync, median / 99 %',
  items: 'Stored',
  bytes: 'Live bytes',
  compaction: 'Last compaction',
};

/** Counts commits by seconds. */
export class Rate {
  #counts = new Array(SECONDS).fill(0);
  #last = 0;

  /** Takes the numbers of commits, in their order; of one commit several changes may be told. */
  take(numbers) {
    for (const number of numbers) {
      if (number === this.#last) continue;
      this.#last = number;
      this.#counts[SECONDS - 1]++;
    }
  }

  step() {
    this.#counts.shift();
    this.#counts.push(0);
  }

  /** The commits of the last whole second. */
  get present() {
    return this.#counts[SECONDS - 2];
  }

  get counts() {
    return this.#counts.slice(0, -1);
  }
}

export class Figures {
  #rate = new Rate();
  #longestWait;

  /** @param {() => number} longestWait gives the longest wait under way, in milliseconds */
  constructor(longestWait) {
    this.#longestWait = longestWait;
    for (const [name, title] of Object.entries(TITLES)) {
      part(`${name}-figure`).prepend(
        element('dt', {}, title),
        element('dd', { id: `${name}-text` }),
        element('dd', { id: `${name}-note`, class: 'quiet' }),
      );
    }
    setInterval(() => {
      this.#rate.step();
      this.#drawRate();
    }, 1000);
    this.#drawRate();
  }

  change(changes) {
    this.#rate.take(changes.map(([commit]) => commit));
  }

  show(figures) {
    const { items, expired, sync, waits, fileBytes, liveBytes, deadBytes, compacted, now } =
      figures;
    set('items', countText(items, 'item'), expired > 0 ? `and ${numberText(expired)} expired` : '');
    const longest = this.#longestWait();
    const here = waits > 0 ? `the page has waited ${countText(waits, 'time')}` : '';
    set('waits', longest > 0 ? `up to ${fineText(longest)}` : 'nobody', here);
    if (sync === null) set('sync', '–', 'no change was made here yet');
    else
      set(
        'sync',
        `${fineText(sync.median)} / ${fineText(sync.high)}`,
        `of ${countText(sync.count, 'change')} made here`,
      );
    if (fileBytes === undefined) return hide('bytes', 'compaction', 'sync');
    const share = fileBytes === 0 ? 0 : liveBytes / fileBytes;
    set('bytes', sizeText(liveBytes), `and ${sizeText(deadBytes)} dead`);
    part('live-bar').style.width = `${share * 100}%`;
    const age = compacted === null ? '–' : `${durationText(now - compacted)} ago`;
    return set('compaction', age, compacted === null ? 'none yet' : clockText(compacted));
  }

  #drawRate() {
    const { counts, present } = this.#rate;
    const most = Math.max(...counts, 4);
    const points = counts.map((count, at) => `${at},${20 - (18 * count) / most}`);
    part('rate-curve').setAttribute('points', points.join(' '));
    set(
      'rate',
      `${numberText(present)} a second`,
      `up to ${numberText(Math.max(...counts))} in the last minute`,
    );
  }
}

function set(name, text, note) {
  setText(part(`${name}-text`), text);
  setText(part(`${name}-note`), note);
}

function hide(...names) {
  for (const name of names) part(`${name}-figure`).hidden = true;
}
