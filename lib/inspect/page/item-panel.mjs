// The panel of the item that the user has chosen: shows it, follows its changes, and edits it.

import { button, element, part, setText } from './dom.mjs';
import { conflictView } from './conflict.mjs';
import { Editor } from './editor.mjs';
import { ExpiryLine } from './expiry-line.mjs';
import { indented } from './json-lines.mjs';
import { JsonView } from './json-view.mjs';
import { attempt, notice } from './notices.mjs';
import * as requests from './requests.mjs';
import { keyText, sizeText } from './texts.mjs';

/** The longest text that is edited here: browsers edit longer ones slowly. */
const MOST_EDITED = 1_000_000;
/** The code of a change that may be stored or not. */
const UNKNOWN = 'ERR_PERSIST_LOCK_UNKNOWN_OUTCOME';

export class ItemPanel {
  #isReadOnly;
  #gone;
  #key;
  /** The item as it was read last; `null` if there is none. */
  #item = null;
  /** The form, while the user edits, and the version of the item that the text began as. */
  #editor;
  #base;
  /** Texts that were left without saving, by their keys, each with its base. */
  #drafts = new Map();
  #view = new JsonView();
  /** The key of the item that the view shows. */
  #shown;
  #expiry;
  #reading = 0;

  /** @param {(key: string) => void} gone is called with a key of which there is no item */
  constructor(isReadOnly, gone) {
    this.#isReadOnly = isReadOnly;
    this.#gone = gone;
    this.#expiry = new ExpiryLine({
      isReadOnly,
      move: (time) => attempt(() => this.#move(time)),
      expired: () => this.#expired(),
    });
    this.#drawEmpty();
  }

  get key() {
    return this.#key;
  }

  /** True if the user has written a text that is not stored. */
  get hasUnsaved() {
    return this.#drafts.size > 0 || this.#editor?.isChanged === true;
  }

  /** Shows the item of a key, or the text for it that was left without saving. */
  async choose(key) {
    if (this.#key === key && this.#editor !== undefined) return;
    if (this.#editor?.isChanged) this.#drafts.set(this.#key, this.#draft());
    this.#key = key;
    this.#editor = undefined;
    if (key === undefined) this.#drawEmpty();
    else await this.#read();
  }

  /** Takes the changes of the store. */
  change(changes) {
    if (changes.some(([, key]) => key === this.#key)) attempt(() => this.#read(true));
  }

  /** Reads the item that is shown again: changes of it may have been missed. */
  async refresh() {
    if (this.#shown === this.#key && this.#item !== null) await this.#read(true);
  }

  async #read(isNews = false) {
    const reading = ++this.#reading;
    const key = this.#key;
    const item = await requests.readItem(key);
    // Another key was chosen meanwhile, or a newer answer is on its way.
    if (reading !== this.#reading) return;
    const isSame = isNews && item?.version === this.#item?.version;
    this.#item = item;
    if (isSame) return;
    if (item === null) this.#gone(key);
    if (this.#editor === undefined) this.#draw(isNews);
    else this.#noteChange();
    const draft = this.#drafts.get(key);
    if (draft !== undefined) this.#begin(draft);
  }

  #noteChange() {
    if (this.#item !== null) this.#expiry.show(this.#item.expires);
    const isBase = (this.#item?.version ?? null) === this.#base;
    const what = this.#item === null ? 'removed' : 'changed';
    this.#editor.note(isBase ? '' : `This item was ${what} meanwhile. Saving shows the difference`);
  }

  #draw(isNews) {
    setText(part('item-title'), keyText(this.#key));
    const item = this.#item;
    if (item === null) {
      this.#expiry.stop();
      this.#drawEmpty(
        isNews ? 'This item was removed' : 'There is no such item, or it has expired',
      );
      return;
    }
    this.#expiry.show(item.expires);
    part('item-facts').replaceChildren(
      this.#expiry.node,
      element('span', { class: 'quiet' }, sizeText(item.length)),
    );
    this.#drawActions();
    if (item.json === undefined) {
      const text = 'The value is too long to be shown. Save it as a file to read it';
      part('item-body').replaceChildren(element('p', { class: 'empty' }, text));
      return;
    }
    this.#view.show(item.json, this.#key === this.#shown);
    this.#shown = this.#key;
    if (!this.#view.node.isConnected) part('item-body').replaceChildren(this.#view.node);
    if (isNews) this.#flash();
    setText(part('item-news'), `${keyText(this.#key)} ${isNews ? 'has changed' : 'is shown'}`);
  }

  #flash() {
    this.#view.node.classList.remove('news');
    // The animation begins again once the browser has seen the element without it.
    requestAnimationFrame(() => this.#view.node.classList.add('news'));
  }

  #drawActions() {
    const file = element(
      'a',
      {
        class: 'button',
        href: `/api/text?key=${requests.spelled(this.#key)}`,
        download: 'value.json',
      },
      'Save as file',
    );
    const folding = [
      button('Fold', () => this.#view.foldAll(true)),
      button('Unfold', () => this.#view.foldAll(false)),
    ];
    const changing = this.#isReadOnly
      ? []
      : [
          button('Remove', () => attempt(() => this.#remove()), { class: 'danger' }),
          button('Edit', () => this.#edit(), { class: 'primary' }),
        ];
    part('item-actions').replaceChildren(...folding, file, ...changing);
  }

  #drawEmpty(text = 'Choose a key to see its value') {
    if (this.#key === undefined) setText(part('item-title'), 'Item');
    part('item-actions').replaceChildren();
    part('item-facts').replaceChildren();
    part('item-body').replaceChildren(element('p', { class: 'empty' }, text));
  }

  #expired() {
    this.#gone(this.#key);
    this.#item = null;
    if (this.#editor === undefined) this.#drawEmpty('This item has expired');
    else this.#editor.note('This item has expired. Saving shows what to do');
  }

  #edit() {
    const { json, version } = this.#item;
    const text = json === undefined ? undefined : indented(json, MOST_EDITED);
    if (text === undefined) {
      notice('The value is too long to be edited here. Use: npx persist-lock edit KEY', {
        isError: true,
      });
      return;
    }
    this.#begin({ text, base: version });
  }

  #draft() {
    return { text: this.#editor.text, base: this.#base, isChanged: true };
  }

  #begin({ text, base, isChanged = false }) {
    this.#drafts.delete(this.#key);
    this.#base = base;
    this.#editor = new Editor({
      text,
      isChanged,
      save: (written) => attempt(() => this.#save(written)),
      cancel: () => this.#cancel(),
    });
    part('item-actions').replaceChildren();
    part('item-body').replaceChildren(this.#editor.node);
    this.#noteChange();
    this.#editor.focus();
  }

  /** Ends editing without saving. The text can be had back for a while. */
  #cancel() {
    const key = this.#key;
    const draft = this.#editor.isChanged ? this.#draft() : undefined;
    this.#end();
    if (draft === undefined) return;
    const undo = () => {
      if (this.#key !== key) this.#drafts.set(key, draft);
      else if (this.#editor === undefined) this.#begin(draft);
    };
    notice('Your text was discarded', { undo });
  }

  /** Ends editing, and shows the item. */
  #end() {
    this.#editor = undefined;
    part('item-body').replaceChildren();
    this.#draw(false);
  }

  async #save(json) {
    const key = this.#key;
    const editor = this.#editor;
    editor.isBusy = true;
    try {
      const item = await requests.saveItem({ key, json, version: this.#base });
      notice('Saved');
      // The user may have gone to another item, or away and back.
      if (this.#editor !== editor) this.#drafts.delete(key);
      else {
        this.#item = item;
        this.#end();
      }
    } catch (error) {
      if (this.#editor !== editor) {
        throw new Error(`${keyText(key)} was not saved: ${error.message}`, { cause: error });
      }
      if (error.status === 409) this.#showConflict(json, error.item);
      else if (error.status === 422) editor.refuse(error.message);
      else throw error;
    } finally {
      editor.isBusy = false;
    }
  }

  #showConflict(mine, item) {
    this.#item = item;
    const view = conflictView({
      theirs: item?.json,
      mine,
      keep: () => {
        this.#base = item?.version ?? null;
        attempt(() => this.#save(mine));
      },
      take: () => this.#cancel(),
      goOn: () => this.#begin({ text: mine, base: item?.version ?? null, isChanged: true }),
    });
    part('item-body').replaceChildren(view);
    view.querySelector('button').focus();
  }

  async #move(time) {
    const key = this.#key;
    const before = this.#item;
    let item;
    try {
      item = await requests.moveExpiry(key, time);
    } catch (error) {
      if (error.status === 409) await this.#read();
      throw error;
    }
    notice(item?.expires ? 'The expiry has moved' : 'The item no longer expires');
    if (this.#key !== key) return;
    this.#item = item;
    if (this.#editor === undefined) {
      this.#draw(false);
      return;
    }
    // The user knows of this change: it is no conflict with the text.
    if (this.#base === before?.version && item?.json === before.json) this.#base = item.version;
    this.#noteChange();
  }

  async #remove() {
    const key = this.#key;
    const item = this.#item;
    // A value that was too long to be sent cannot be put back.
    const undo = item.json === undefined ? undefined : () => this.#putBack(key, item);
    try {
      await requests.removeItem(key, item.version);
    } catch (error) {
      if (error.status === 409) await this.#read();
      if (error.code !== UNKNOWN) throw error;
      notice(error.message, { isError: true, undo });
      return;
    }
    notice(`Removed ${keyText(key)}`, { undo });
  }

  async #putBack(key, item) {
    const { json, expires } = item;
    try {
      await requests.saveItem({ key, json, version: null, expires });
      notice(`${keyText(key)} is there again`);
    } catch (error) {
      const undo = () => this.#putBack(key, item);
      notice(`${keyText(key)} was not put back: ${error.message}`, { isError: true, undo });
    }
  }
}
