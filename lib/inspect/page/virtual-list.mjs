// A list of rows of one height, of which only those that are seen are elements.

import { element } from './dom.mjs';

/** The rows drawn above and below those that are seen. */
const MARGIN = 10;

export class VirtualList {
  #scroller;
  #sheet = element('div', { class: 'sheet' });
  #height;
  #sign;
  #draw;
  /** The elements that are drawn, by their signs. @type {Map<string, HTMLElement>} */
  #drawn = new Map();
  #count = 0;
  #isDue = false;

  /**
   * `height` is that of a row, in pixels. `draw` makes the element of the row with an index; `sign` gives
   * a text that differs if it looks different: an element with the same sign is kept.
   */
  constructor(scroller, height, sign, draw) {
    this.#scroller = scroller;
    this.#height = height;
    this.#sign = sign;
    this.#draw = draw;
    scroller.replaceChildren(this.#sheet);
    scroller.addEventListener('scroll', () => this.redraw(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(scroller);
  }

  show(count) {
    this.#count = count;
    this.#sheet.style.height = `${count * this.#height}px`;
    this.redraw();
  }

  /** Drops all elements: their signs no longer tell how they look. */
  forget() {
    for (const row of this.#drawn.values()) row.remove();
    this.#drawn.clear();
  }

  /** The number of rows that fit. */
  get page() {
    return Math.max(Math.floor(this.#scroller.clientHeight / this.#height) - 1, 1);
  }

  /** Scrolls to a row, as little as possible. */
  reveal(index) {
    const scroller = this.#scroller;
    const top = index * this.#height;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const end = top + this.#height - scroller.clientHeight;
    if (end > scroller.scrollTop) scroller.scrollTop = end;
    this.redraw();
  }

  /** Draws the rows that are seen, once before the next frame. */
  redraw() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawNow();
    });
  }

  #drawNow() {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(Math.floor(scrollTop / this.#height) - MARGIN, 0);
    const end = Math.min(
      Math.ceil((scrollTop + clientHeight) / this.#height) + MARGIN,
      this.#count,
    );
    const drawn = new Map();
    for (let index = first; index < end; index++) {
      const sign = this.#sign(index);
      const row = this.#drawn.get(sign) ?? this.#draw(index);
      row.style.top = `${index * this.#height}px`;
      drawn.set(sign, row);
    }
    for (const [sign, row] of this.#drawn) if (!drawn.has(sign)) row.remove();
    // A row that stays where it is must not be moved: a click on it would be lost.
    let place = this.#sheet.firstChild;
    for (const row of drawn.values()) {
      if (row === place) place = place.nextSibling;
      else this.#sheet.insertBefore(row, place);
    }
    this.#drawn = drawn;
  }
}
