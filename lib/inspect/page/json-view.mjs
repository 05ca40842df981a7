// Shows JSON with lines to fold, of which only those that are seen are drawn.

import { element } from './dom.mjs';
import { linesOf, tokensOf } from './json-lines.mjs';
import { actOnKey, parentOf } from './row-keys.mjs';
import { countText, numberText, visible } from './texts.mjs';
import { VirtualList } from './virtual-list.mjs';

const ROW_HEIGHT = 20;
/** The most levels that are indented: a text may be nested a million times. */
const DEEPEST = 40;
/** The most characters of a line that are drawn, and the most lines: a browser has a greatest height. */
const LONGEST_LINE = 2000;
const MOST_LINES = 700_000;

export class JsonView {
  #text = '';
  #lines = { starts: [] };
  #folded = new Set();
  /** The lines that are not folded away, by their numbers. */
  #shown = [];
  #at = 0;
  #box;
  #list;

  constructor() {
    this.#box = element('div', {
      class: 'json',
      role: 'tree',
      tabIndex: 0,
      'aria-label': 'Value',
      onclick: (event) => this.#click(event),
      onkeydown: (event) => this.#type(event),
    });
    this.#list = new VirtualList(
      this.#box,
      ROW_HEIGHT,
      (index) => `${this.#shown[index]} ${this.#isFolded(index)} ${index === this.#at}`,
      (index) => this.#draw(index),
    );
  }

  get node() {
    return this.#box;
  }

  /**
   * Shows a text. What is folded stays so if it is a newer text of the same item with as many lines.
   *
   * @param {string} text
   * @param {boolean} isSame true for the item that was shown before
   */
  show(text, isSame) {
    const before = this.#lines.starts.length;
    this.#text = text;
    this.#lines = linesOf(text);
    if (!isSame || this.#lines.starts.length !== before) this.#folded.clear();
    if (!isSame) {
      this.#at = 0;
      this.#box.scrollTo(0, 0);
    }
    this.#list.forget();
    this.#update();
  }

  /** Folds or unfolds everything below the first line. */
  foldAll(isFolded) {
    this.#folded.clear();
    if (isFolded) {
      for (const [line, closer] of this.#lines.closers.entries()) {
        if (closer > 0 && line > 0) this.#folded.add(line);
      }
    }
    this.#at = 0;
    this.#update();
  }

  #update() {
    const { starts, closers } = this.#lines;
    const shown = [];
    for (let line = 0; line < starts.length && shown.length < MOST_LINES; line++) {
      shown.push(line);
      // Folded, the line of the end is part of that of the beginning.
      if (this.#folded.has(line)) line = closers[line];
    }
    this.#shown = shown;
    this.#at = Math.min(this.#at, shown.length - 1);
    this.#list.show(shown.length);
    this.#tellFocus();
  }

  #isFolded(index) {
    return this.#folded.has(this.#shown[index]);
  }

  #draw(index) {
    const line = this.#shown[index];
    const { depths, closers } = this.#lines;
    const opens = closers[line] > 0;
    const isFolded = this.#folded.has(line);
    const parts = [this.#spansOf(line)];
    if (isFolded) {
      const hidden = closers[line] - line - 1;
      parts.push(element('span', { class: 'folded' }, ` … ${countText(hidden, 'line')} … `));
      parts.push(this.#spansOf(closers[line]));
    }
    const made = element(
      'div',
      {
        class: index === this.#at ? 'line focus' : 'line',
        role: 'treeitem',
        id: `line-${line}`,
        'aria-level': depths[line] + 1,
        'aria-expanded': opens ? !isFolded : undefined,
      },
      element('span', { class: 'twist', 'aria-hidden': 'true' }, opens ? '▸' : ''),
      parts,
    );
    made.dataset.index = index;
    made.style.paddingLeft = `${Math.min(depths[line], DEEPEST) * 16}px`;
    return made;
  }

  #spansOf(line) {
    const { starts, ends } = this.#lines;
    const length = ends[line] - starts[line];
    const text = this.#text.slice(starts[line], Math.min(ends[line], starts[line] + LONGEST_LINE));
    const spans = tokensOf(text).map(([kind, token]) => {
      return element('span', { class: kind }, visible(token) + (token === ':' ? ' ' : ''));
    });
    if (length > LONGEST_LINE) {
      const rest = `… ${numberText(length - LONGEST_LINE)} more characters`;
      spans.push(element('span', { class: 'folded' }, rest));
    }
    return spans;
  }

  #click(event) {
    const index = Number(event.target.closest('.line')?.dataset.index ?? -1);
    if (index < 0) return;
    this.#at = index;
    const isTwist = event.target.matches('.twist, .folded');
    if (isTwist) this.#fold(index, !this.#isFolded(index));
    else this.#list.redraw();
    this.#tellFocus();
  }

  #fold(index, isFolded) {
    const line = this.#shown[index];
    if (this.#lines.closers[line] === 0 || isFolded === this.#folded.has(line)) return false;
    if (isFolded) this.#folded.add(line);
    else this.#folded.delete(line);
    this.#update();
    return true;
  }

  #type(event) {
    const { depths } = this.#lines;
    const parent = () => parentOf(this.#at, (index) => depths[this.#shown[index]]);
    actOnKey(event, {
      at: this.#at,
      count: this.#shown.length,
      page: this.#list.page,
      go: (index) => this.#goTo(index),
      open: () => this.#fold(this.#at, false),
      close: () => this.#fold(this.#at, true) || this.#goTo(Math.max(parent(), 0)),
      enter: () => this.#fold(this.#at, !this.#isFolded(this.#at)),
    });
  }

  #goTo(index) {
    this.#at = index;
    this.#list.reveal(index);
    this.#tellFocus();
  }

  #tellFocus() {
    if (this.#shown.length === 0) return;
    this.#box.setAttribute('aria-activedescendant', `line-${this.#shown[this.#at]}`);
  }
}
