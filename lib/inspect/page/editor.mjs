// The form in which the user edits a value as text.

import { button, element, setText } from './dom.mjs';

/** Begins with a text; `isChanged` is true if the user has written it. */
export class Editor {
  #area;
  #error = element('p', { class: 'problem', role: 'alert' });
  #note = element('p', { class: 'note', role: 'status' });
  #save;
  #isChanged;
  #node;

  constructor({ text, isChanged, save, cancel }) {
    this.#save = save;
    this.#isChanged = isChanged;
    this.#area = element('textarea', {
      class: 'editor',
      value: text,
      spellcheck: false,
      'aria-label': 'Value as JSON',
      oninput: () => {
        this.#isChanged = true;
        this.#check();
      },
      onkeydown: (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === 's') {
          event.preventDefault();
          this.#submit();
        } else if (event.key === 'Escape') cancel();
      },
    });
    this.#node = element(
      'div',
      { class: 'editing' },
      this.#note,
      this.#area,
      this.#error,
      element(
        'div',
        { class: 'buttons' },
        button('Save', () => this.#submit(), { class: 'primary', title: 'Ctrl+S' }),
        button('Cancel', cancel, { title: 'Escape' }),
      ),
    );
  }

  get node() {
    return this.#node;
  }

  get text() {
    return this.#area.value;
  }

  get isChanged() {
    return this.#isChanged;
  }

  /** True while the text is being saved: the user must not write what is not saved with it. */
  set isBusy(isBusy) {
    this.#area.readOnly = isBusy;
  }

  focus() {
    this.#area.focus();
    this.#area.setSelectionRange(0, 0);
    this.#area.scrollTop = 0;
  }

  /** Tells that something has happened to the item meanwhile. */
  note(text) {
    setText(this.#note, text);
  }

  /** Tells the reason for which the text is refused. */
  refuse(message) {
    setText(this.#error, message);
  }

  #submit() {
    if (!this.#area.readOnly && this.#check()) this.#save(this.#area.value);
  }

  /** Tells at once if the text is not JSON. The server checks more. */
  #check() {
    try {
      JSON.parse(this.#area.value);
      this.refuse('');
      return true;
    } catch (error) {
      this.refuse(
        this.#area.value.trim() === '' ? 'A value is needed' : `Not JSON: ${error.message}`,
      );
      return false;
    }
  }
}
