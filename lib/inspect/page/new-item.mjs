// The dialog that makes a new item.

import { part, setText } from './dom.mjs';
import * as requests from './requests.mjs';

/** Prepares the dialog; returns the function that opens it. `made` is called with the key of the item. */
export function newItemDialog(made) {
  const dialog = part('new-item');
  const form = part('new-item-form');
  const { key, value, time } = form.elements;
  const problem = part('new-item-problem');
  const end = () => dialog.close();

  part('new-item-cancel').addEventListener('click', end);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const ending = time.value.trim();
      await requests.saveItem({
        key: key.value,
        json: value.value,
        version: null,
        time: ending || undefined,
      });
      end();
      made(key.value);
    } catch (error) {
      const isThere = error.status === 409;
      setText(
        problem,
        isThere ? 'There is an item with this key. Choose it to edit it' : error.message,
      );
    }
  });
  return () => {
    form.reset();
    setText(problem, '');
    dialog.showModal();
    key.focus();
  };
}
