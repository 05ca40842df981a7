// The keys as a tree that splits at `:` and `/`. Knows nothing of the page.

const SEPARATOR = /[:/]/g;
/** The most folders on the way to a key: one of a thousand colons stays a row. */
const DEEPEST = 10;

/** The keys with a prefix. */
class Folder {
  /** The number of keys in it and below. */
  count = 0;
  /** The folders in it, by their labels, and the keys in it. @type {Map<string, Folder>} */
  folders = new Map();
  keys = new Set();
  /** The entries in the order of their labels, until one is added or removed. */
  #sorted;

  constructor(prefix, label) {
    this.prefix = prefix;
    this.label = label;
  }

  changed() {
    this.#sorted = undefined;
  }

  /** Lists the entries: each has a `label`, and is a `folder` or a `key`. */
  entries() {
    if (this.#sorted !== undefined) return this.#sorted;
    const entries = [];
    for (const folder of this.folders.values()) entries.push({ label: folder.label, folder });
    for (const key of this.keys) entries.push({ label: key.slice(this.prefix.length), key });
    entries.sort(byLabel);
    this.#sorted = entries;
    return entries;
  }
}

function byLabel(one, other) {
  if (one.label === other.label) return 0;
  return one.label < other.label ? -1 : 1;
}

/** Lists the ends of the prefixes of a key: each ends after a separator that something follows. */
function endsOf(key) {
  const ends = [];
  for (const { index } of key.matchAll(SEPARATOR)) {
    if (index === key.length - 1 || ends.length === DEEPEST) break;
    ends.push(index + 1);
  }
  return ends;
}

/**
 * A row of the tree as it is drawn.
 *
 * @typedef {object} Row
 * @property {string} label
 * @property {number} depth from 0 on
 * @property {string} [prefix] that of a folder
 * @property {boolean} [isOpen]
 * @property {number} [count] the number of keys of a folder, of those that the filter lets through
 * @property {string} [key] that of an item
 * @property {number} position the place among its siblings, from 1 on
 * @property {number} siblings
 */

export class KeyTree {
  #root = new Folder('', '');

  get size() {
    return this.#root.count;
  }

  /** Adds a key; returns false if it is there. */
  add(key) {
    const way = this.#wayTo(key, true);
    const last = way.at(-1);
    if (last.keys.has(key)) return false;
    last.keys.add(key);
    last.changed();
    for (const folder of way) folder.count++;
    return true;
  }

  /** Removes a key, and the folders that it leaves empty; returns false if it is not there. */
  remove(key) {
    const way = this.#wayTo(key);
    const last = way?.at(-1);
    if (!last?.keys.delete(key)) return false;
    last.changed();
    for (const folder of way) folder.count--;
    for (let at = way.length - 1; at > 0 && way[at].count === 0; at--) {
      way[at - 1].folders.delete(way[at].label);
      way[at - 1].changed();
    }
    return true;
  }

  /** Lists the prefixes of the folders that a key is in. */
  prefixesOf(key) {
    return endsOf(key).map((end) => key.slice(0, end));
  }

  /**
   * Lists the rows: those of open folders, or with a filter those of all keys that contain it.
   *
   * @param {Set<string>} open the prefixes of the open folders
   * @returns {Row[]}
   */
  rows(open, filter = '') {
    const rows = [];
    const sought = filter.toLowerCase();
    const matches = sought === '' ? undefined : (key) => key.toLowerCase().includes(sought);
    collect(this.#root, 0, open, matches, rows);
    return rows;
  }

  /** Lists the folders on the way to a key, from the root; `undefined` if one is missing. */
  #wayTo(key, makes = false) {
    const way = [this.#root];
    let start = 0;
    for (const end of endsOf(key)) {
      const label = key.slice(start, end);
      const parent = way.at(-1);
      let folder = parent.folders.get(label);
      if (folder === undefined) {
        if (!makes) return undefined;
        folder = new Folder(key.slice(0, end), label);
        parent.folders.set(label, folder);
        parent.changed();
      }
      way.push(folder);
      start = end;
    }
    return way;
  }
}

/** Adds the rows of a folder; returns the number of keys below it that match. */
function collect(folder, depth, open, matches, rows) {
  const own = [];
  let found = 0;
  for (const entry of folder.entries()) {
    const { label } = entry;
    if (entry.key !== undefined) {
      if (matches !== undefined && !matches(entry.key)) continue;
      found++;
      own.push({ label, depth, key: entry.key });
      rows.push(own.at(-1));
      continue;
    }
    const { prefix, count } = entry.folder;
    const isOpen = matches !== undefined || open.has(prefix);
    const row = { label, depth, prefix, isOpen, count };
    const at = rows.length;
    rows.push(row);
    if (isOpen) row.count = collect(entry.folder, depth + 1, open, matches, rows);
    if (row.count === 0) rows.length = at;
    else own.push(row);
    found += row.count;
  }
  for (const [at, row] of own.entries()) {
    row.position = at + 1;
    row.siblings = own.length;
  }
  return found;
}
