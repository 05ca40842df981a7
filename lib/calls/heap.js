'use strict';

// Items in the order of their ranks. A dead item stays until it comes to the top, or until most
// items are dead: so forgetting one of many thousands costs no more than forgetting one of two.
// Knows nothing of what the items are.

/** The number of dead items up to which none is removed. */
const FEW = 32;

class Heap {
  /** The number of live items. */
  size = 0;
  #rankOf;
  #isLive;
  /** A binary heap: no item ranks before the one at `(at - 1) >> 1`. */
  #items;

  /**
   * @param {(item: T) => number} rankOf does not change while the item is in the heap
   * @param {(item: T) => boolean} isLive stays false for an item in the heap once it is
   * @template T
   */
  constructor(rankOf, isLive) {
    this.#rankOf = rankOf;
    this.#isLive = isLive;
  }

  /** The live item that ranks first; `undefined` if there is none. */
  get first() {
    const items = this.#items;
    if (items === undefined) return undefined;
    while (items.length > 0 && !this.#isLive(items[0])) this.#removeTop();
    return items[0];
  }

  push(item) {
    this.size++;
    // A literal, since most heaps of calls hold one: V8 makes room for many as soon as one is
    // pushed.
    if (this.#items === undefined) this.#items = [item];
    else this.#up(this.#items.push(item) - 1, item);
  }

  /** Removes and returns the first live item. */
  shift() {
    const { first } = this;
    if (first === undefined) return undefined;
    this.size--;
    this.#removeTop();
    return first;
  }

  /** The live items, in no order. */
  get live() {
    return this.#items?.filter(this.#isLive) ?? [];
  }

  /** Returns true if a test holds for a live item. */
  some(test) {
    return this.#items?.some((item) => this.#isLive(item) && test(item)) === true;
  }

  /** Notes that one of the items has died. */
  forget() {
    this.size--;
    const items = this.#items;
    const dead = items.length - this.size;
    if (dead < FEW || dead * 2 < items.length) return;
    this.#items = items.filter(this.#isLive);
    for (let at = (this.#items.length >> 1) - 1; at >= 0; at--) this.#down(at, this.#items[at]);
  }

  #removeTop() {
    const last = this.#items.pop();
    if (this.#items.length > 0) this.#down(0, last);
  }

  #up(from, item) {
    const items = this.#items;
    const rank = this.#rankOf(item);
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#rankOf(items[above]) <= rank) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  #down(from, item) {
    const items = this.#items;
    const rank = this.#rankOf(item);
    let at = from;
    for (let below; (below = 2 * at + 1) < items.length; at = below) {
      const other = below + 1;
      if (other < items.length && this.#rankOf(items[other]) < this.#rankOf(items[below]))
        below = other;
      if (this.#rankOf(items[below]) >= rank) break;
      items[at] = items[below];
    }
    items[at] = item;
  }
}

module.exports = { Heap };
