// The list of the last commits, each with links to its items.

import { element, part } from './dom.mjs';
import { spelled } from './requests.mjs';
import { clockText, keyText, numberText } from './texts.mjs';

const MOST_COMMITS = 60;
/** The keys of one commit that are named. */
const MOST_KEYS = 3;

export class Commits {
  /** The newest first: `{ number, time, keys, count }`. */
  #commits = [];
  #isDue = false;

  change(changes) {
    // Of a flood only the end will be seen.
    for (const [number, key, removed] of changes.slice(-1000)) {
      const last = this.#commits[0];
      if (last?.number === number) add(last, key, removed);
      else
        this.#commits.unshift(add({ number, time: Date.now(), keys: [], count: 0 }, key, removed));
    }
    this.#commits.length = Math.min(this.#commits.length, MOST_COMMITS);
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const list = part('commits');
    // The user who is about to click one would hit another.
    if (list.matches(':hover, :focus-within')) {
      setTimeout(() => this.#draw(), 300);
      return;
    }
    this.#isDue = false;
    part('no-commits').hidden = this.#commits.length > 0;
    list.replaceChildren(...this.#commits.map(rowOf));
  }
}

function add(commit, key, removed) {
  commit.count++;
  if (commit.keys.length < MOST_KEYS) commit.keys.push({ key, removed });
  return commit;
}

function rowOf({ number, time, keys, count }) {
  const links = keys.map(({ key, removed }) => {
    const properties = { href: `#${spelled(key)}`, class: removed ? 'key gone' : 'key' };
    const text = removed ? `${keyText(key)}, removed` : keyText(key);
    return element('a', { ...properties, 'aria-label': text }, keyText(key));
  });
  return element(
    'li',
    {},
    element('time', {}, clockText(time)),
    element('span', { class: 'number' }, numberText(number)),
    element(
      'span',
      { class: 'keys' },
      links,
      count > keys.length ? `and ${numberText(count - keys.length)} more` : undefined,
    ),
  );
}
