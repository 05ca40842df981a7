// Shows the difference between the value that is stored now and that which the user has written.

import { button, element } from './dom.mjs';
import { differences } from './differences.mjs';
import { indented } from './json-lines.mjs';
import { shortened } from './texts.mjs';

/** The longest text that is compared, and the most lines and characters of a line that are drawn. */
const MOST_COMPARED = 2_000_000;
const MOST_LINES = 2000;
const LONGEST_LINE = 1000;
/** The lines around a difference that are shown. */
const AROUND = 3;

/**
 * Makes the view of a conflict: `theirs` is stored (`undefined`: the item is gone). `keep` stores the
 * user's value in its place, `take` leaves the stored one, and `goOn` lets the user write on.
 */
export function conflictView({ theirs, mine, keep, take, goOn }) {
  const what = theirs === undefined ? 'was removed' : 'has changed';
  const title = `The item ${what} while you were editing it`;
  const rows = theirs === undefined ? [] : rowsOf(linesOf(theirs), linesOf(mine));
  return element(
    'div',
    { class: 'conflict', role: 'group', 'aria-label': title },
    element('h3', {}, title),
    element(
      'p',
      { class: 'quiet' },
      theirs === undefined
        ? 'Nothing is stored. Store your value as a new item, or leave the item removed.'
        : 'Nothing is overwritten. Lines with − are stored now, lines with + are yours.',
    ),
    element('div', { class: 'difference', tabIndex: 0 }, rows),
    element(
      'div',
      { class: 'buttons' },
      button('Store mine', keep, { class: 'primary' }),
      button(theirs === undefined ? 'Leave it removed' : 'Take the stored one', take),
      button('Edit mine', goOn),
    ),
  );
}

function linesOf(json) {
  return (indented(json, MOST_COMPARED) ?? json).split('\n');
}

function rowsOf(theirs, mine) {
  const all = differences(theirs, mine);
  const isNear = all.map(() => false);
  for (const [at, { sign }] of all.entries()) {
    if (sign === ' ') continue;
    for (let near = Math.max(at - AROUND, 0); near <= at + AROUND && near < all.length; near++) {
      isNear[near] = true;
    }
  }
  const rows = [];
  for (const [at, { sign, line }] of all.entries()) {
    if (rows.length > MOST_LINES) break;
    if (isNear[at]) rows.push(row(sign, line));
    else if (at === 0 || isNear[at - 1]) rows.push(element('div', { class: 'gap' }, '⋯'));
  }
  return rows;
}

const NAMES = { '-': 'stored', '+': 'yours' };
const CLASSES = { '-': 'removed', '+': 'added', ' ': 'same' };

function row(sign, line) {
  return element(
    'div',
    { class: CLASSES[sign] },
    element('span', { class: 'sign', 'aria-label': NAMES[sign] }, sign === '-' ? '−' : sign),
    shortened(line, LONGEST_LINE),
  );
}
