// Short messages at the edge of the page, which a screen reader reads. They go by themselves.

import { button, element, part } from './dom.mjs';

const SHORT = 5000;
/** The time for which an action can be undone, in milliseconds. */
const LONG = 15_000;

export function notice(text, { isError = false, undo } = {}) {
  const made = element(
    'div',
    { class: isError ? 'notice error' : 'notice' },
    element('span', {}, text),
  );
  const end = () => made.remove();
  if (undo !== undefined) {
    made.append(
      button('Undo', () => {
        end();
        undo();
      }),
    );
  }
  made.append(button('✕', end, { class: 'plain', 'aria-label': 'Close this message' }));
  part('notices').append(made);
  // What could not be undone can be undone later.
  if (!isError || !undo) setTimeout(end, isError || undo ? LONG : SHORT);
}

/** Runs an action of the user's; shows its error. */
export async function attempt(action) {
  try {
    await action();
  } catch (error) {
    notice(error.message, { isError: true });
  }
}
