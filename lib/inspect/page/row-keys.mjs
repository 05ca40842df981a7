// The keys by which a user goes through a list of rows: those of a tree, as screen readers expect them.

/**
 * Acts on a key that was pressed in a list.
 *
 * @param {KeyboardEvent} event
 * @param {object} list
 * @param {number} list.at the row that the keyboard is at
 * @param {number} list.count
 * @param {number} list.page the number of rows that are seen
 * @param {(index: number) => void} list.go goes to a row
 * @param {() => void} list.open opens the row, or goes into it
 * @param {() => void} list.close closes it, or goes out of it
 * @param {() => void} list.enter does what a click does
 */
export function actOnKey(event, { at, count, page, go, open, close, enter }) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = (index) => () => count > 0 && go(Math.min(Math.max(index, 0), count - 1));
  const actions = {
    ArrowDown: step(at + 1),
    ArrowUp: step(at - 1),
    PageDown: step(at + page),
    PageUp: step(at - page),
    Home: step(0),
    End: step(count - 1),
    ArrowRight: open,
    ArrowLeft: close,
    Enter: enter,
    ' ': enter,
  };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
}

/** Finds the row that a row is in: the one above it that is less deep; -1 if there is none. */
export function parentOf(at, depthOf) {
  let above = at - 1;
  while (above >= 0 && depthOf(above) >= depthOf(at)) above--;
  return above;
}
