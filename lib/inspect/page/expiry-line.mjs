// The line that counts down to the expiry of an item, and moves or removes it.

import { button, element, setText } from './dom.mjs';
import { dateText, durationText } from './texts.mjs';

export class ExpiryLine {
  #text = element('span', { class: 'expiry-text' });
  #form = element('form', { class: 'expiry-form', hidden: true });
  #node;
  #expires = null;
  #expired;
  #isOver = false;

  /** `move` is called with a time such as `1h30m`, or `never`; `expired` once the time has come. */
  constructor({ isReadOnly, move, expired }) {
    this.#expired = expired;
    const change = button('Change', () => this.#begin(), { class: 'link' });
    this.#node = element('div', { class: 'expiry' }, this.#text);
    if (!isReadOnly) this.#node.append(change, this.#form);
    this.#fill(move);
    setInterval(() => this.#tick(), 250);
  }

  get node() {
    return this.#node;
  }

  /** Shows an expiry in milliseconds since 1970; `null` for never. */
  show(expires) {
    this.#expires = expires;
    this.#isOver = false;
    this.#form.hidden = true;
    this.#tick();
  }

  /** Ends the countdown. */
  stop() {
    this.#isOver = true;
  }

  #fill(move) {
    const input = element('input', {
      name: 'time',
      placeholder: '1h30m',
      'aria-label': 'Time from now, such as 90s, 1h30m or 2d',
      autocomplete: 'off',
      size: 8,
    });
    const preset = (text, time) => button(text, () => move(time));
    this.#form.append(
      element('span', {}, 'in'),
      input,
      element('button', { type: 'submit' }, 'Set'),
      preset('1 h', '1h'),
      preset('1 day', '1d'),
      preset('Never', 'never'),
    );
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      move(input.value);
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#form.hidden = true;
    });
  }

  #begin() {
    this.#form.hidden = !this.#form.hidden;
    if (!this.#form.hidden) this.#form.elements.time.focus();
  }

  #tick() {
    if (this.#isOver) return;
    this.#node.classList.remove('soon');
    if (this.#expires === null) {
      setText(this.#text, 'Never expires');
      return;
    }
    const left = this.#expires - Date.now();
    if (left <= 0) {
      this.#isOver = true;
      this.#expired();
      return;
    }
    this.#node.classList.toggle('soon', left < 10_000);
    setText(this.#text, `Expires in ${durationText(left)}`);
    this.#text.title = dateText(this.#expires);
  }
}
