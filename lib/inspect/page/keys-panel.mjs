// The panel of the keys: the tree, its filter and its keyboard.

import { element, part, setText } from './dom.mjs';
import { KeyTree } from './key-tree.mjs';
import { actOnKey, parentOf } from './row-keys.mjs';
import { countText, keyText, numberText, shortened } from './texts.mjs';
import { VirtualList } from './virtual-list.mjs';

const ROW_HEIGHT = 26;
/** The most keys that the server sends. */
const MOST_KEYS = 500_000;
/** The most characters of a label that are drawn. */
const LONGEST_LABEL = 200;

export class KeysPanel {
  #tree = new KeyTree();
  #open = new Set();
  #rows = [];
  /** The row that the keyboard is at, by its prefix or key. */
  #focus;
  #selected;
  #filter = '';
  #isDue = false;
  #box = part('tree');
  #list;
  #choose;
  /** The number of items that the store has told, which may be more than the page lists. */
  #told = 0;

  /** @param {(key: string) => void} choose is called with the key that the user has chosen */
  constructor(choose) {
    this.#choose = choose;
    this.#list = new VirtualList(
      this.#box,
      ROW_HEIGHT,
      (index) => this.#sign(index),
      (index) => this.#draw(index),
    );
    this.#box.addEventListener('click', (event) => this.#click(event));
    this.#box.addEventListener('keydown', (event) => this.#type(event));
    const filter = part('filter');
    filter.addEventListener('input', () => {
      this.#filter = filter.value;
      this.#box.scrollTop = 0;
      this.update();
    });
    filter.addEventListener('keydown', (event) => this.#typeInFilter(event));
  }

  /** Takes a new list of all keys. The first is shown as it comes, a later one when it is complete. */
  newList() {
    const tree = this.#tree.size === 0 ? this.#tree : new KeyTree();
    return {
      add: (keys) => {
        for (const key of keys) tree.add(key);
        this.update();
      },
      /** Ends the list, with the changes that have come since it began. */
      end: (changes) => {
        this.#tree = tree;
        this.change(changes);
        this.update();
      },
    };
  }

  /** Takes changes of the store. */
  change(changes) {
    let isNew = false;
    for (const [, key, removed] of changes) {
      if (removed ? this.#tree.remove(key) : this.#tree.add(key)) isNew = true;
    }
    if (isNew) this.update();
  }

  remove(key) {
    if (this.#tree.remove(key)) this.update();
  }

  get size() {
    return this.#tree.size;
  }

  /** True if the store has more keys than the page lists. */
  get isPartial() {
    return this.#tree.size >= MOST_KEYS;
  }

  /** Notes the number of items in the store. */
  told(count) {
    if (count === this.#told) return;
    this.#told = count;
    this.update();
  }

  /** Marks a key as chosen, and shows its row. */
  select(key) {
    this.#selected = key;
    if (key !== undefined) {
      this.#focus = rowName({ key });
      for (const prefix of this.#tree.prefixesOf(key)) this.#open.add(prefix);
    }
    this.#updateNow();
    const at = this.#rows.findIndex((row) => row.key === key);
    if (at >= 0 && key !== undefined) this.#list.reveal(at);
  }

  /** Draws the tree again before the next frame. */
  update() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#updateNow());
  }

  #updateNow() {
    this.#isDue = false;
    this.#rows = this.#tree.rows(this.#open, this.#filter);
    this.#list.show(this.#rows.length);
    this.#tellCount();
    this.#tellFocus();
  }

  #tellCount() {
    let text = countText(this.#tree.size, 'key');
    if (this.#filter !== '') {
      const found = this.#rows.reduce((sum, row) => sum + (row.key === undefined ? 0 : 1), 0);
      text = `${numberText(found)} of ${text}`;
    } else if (this.isPartial && this.#told > this.#tree.size) {
      text = `the first ${numberText(this.#tree.size)} of ${countText(this.#told, 'key')}`;
    }
    setText(part('key-count'), text);
    part('no-keys').hidden = this.#rows.length > 0;
    setText(
      part('no-keys'),
      this.#tree.size === 0 ? 'The store has no items' : 'No key contains this text',
    );
  }

  #sign(index) {
    const row = this.#rows[index];
    const isSelected = row.key !== undefined && row.key === this.#selected;
    return JSON.stringify([row, isSelected, rowName(row) === this.#focus]);
  }

  #draw(index) {
    const row = this.#rows[index];
    const isFolder = row.prefix !== undefined;
    const isSelected = !isFolder && row.key === this.#selected;
    const focus = rowName(row) === this.#focus ? 'focus' : '';
    const made = element(
      'div',
      {
        class: `row ${focus} ${isSelected ? 'selected' : ''}`,
        role: 'treeitem',
        id: idOf(rowName(row)),
        title: shortened(row.prefix ?? row.key, 1000),
        'aria-level': row.depth + 1,
        'aria-posinset': row.position,
        'aria-setsize': row.siblings,
        'aria-expanded': isFolder ? row.isOpen : undefined,
        'aria-selected': isSelected,
      },
      element('span', { class: 'twist', 'aria-hidden': 'true' }, isFolder ? '▸' : ''),
      element('span', { class: 'label' }, labelText(row)),
      isFolder
        ? element(
            'span',
            { class: 'count', 'aria-label': countText(row.count, 'key') },
            numberText(row.count),
          )
        : undefined,
    );
    made.dataset.name = rowName(row);
    made.style.paddingLeft = `${8 + row.depth * 14}px`;
    return made;
  }

  #tellFocus() {
    const at = this.#rowAt();
    if (at < 0) this.#box.removeAttribute('aria-activedescendant');
    else this.#box.setAttribute('aria-activedescendant', idOf(this.#focus));
  }

  /** Gives the index of the row that the keyboard is at; -1 if there is none. */
  #rowAt() {
    return this.#rows.findIndex((row) => rowName(row) === this.#focus);
  }

  #click(event) {
    const name = event.target.closest('.row')?.dataset.name;
    const row = this.#rows.find((each) => rowName(each) === name);
    if (row !== undefined) this.#enter(row);
  }

  /** Does what a click on a row does. */
  #enter(row) {
    this.#focus = rowName(row);
    if (row.key === undefined) this.#turn(row, !row.isOpen);
    else this.#choose(row.key);
  }

  #turn({ prefix }, isOpen) {
    if (isOpen) this.#open.add(prefix);
    else this.#open.delete(prefix);
    this.#updateNow();
  }

  #typeInFilter(event) {
    if (event.key === 'Escape' && event.target.value !== '') {
      event.target.value = '';
      event.target.dispatchEvent(new Event('input'));
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      // The rows may not be drawn yet.
      this.#updateNow();
      this.#box.focus();
      const first = this.#rows.findIndex(({ key }) => key !== undefined);
      this.#goTo(Math.max(first, 0));
      if (event.key === 'Enter') this.#enterAt();
    } else return;
    event.preventDefault();
  }

  #type(event) {
    const at = this.#rowAt();
    const row = this.#rows[at];
    actOnKey(event, {
      at,
      count: this.#rows.length,
      page: this.#list.page,
      go: (index) => this.#goTo(index),
      open: () => this.#goIn(at, row),
      close: () => this.#goOut(at, row),
      enter: () => this.#enterAt(),
    });
  }

  #goTo(index) {
    if (index < 0 || index >= this.#rows.length) return;
    this.#focus = rowName(this.#rows[index]);
    this.#tellFocus();
    this.#list.reveal(index);
  }

  #goIn(at, row) {
    if (row?.prefix === undefined) return;
    if (row.isOpen) this.#goTo(at + 1);
    else this.#turn(row, true);
  }

  #goOut(at, row) {
    if (row?.isOpen && this.#filter === '') this.#turn(row, false);
    else if (row !== undefined) this.#goTo(parentOf(at, (index) => this.#rows[index].depth));
  }

  #enterAt() {
    const row = this.#rows[this.#rowAt()];
    if (row !== undefined) this.#enter(row);
  }
}

/** Names a row: no key is named as a folder is. */
function rowName({ prefix, key }) {
  return key === undefined ? `folder ${prefix}` : `key ${key}`;
}

function labelText({ key, label }) {
  return key === '' ? keyText(key) : shortened(label, LONGEST_LABEL);
}

/** Makes an identifier of a name, which may contain anything. */
function idOf(name) {
  return `row-${encodeURIComponent(JSON.stringify(name)).slice(0, 400)}-${name.length}`;
}
