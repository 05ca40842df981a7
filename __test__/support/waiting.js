'use strict';

// Waits for events instead of time.

/** Lets the event loop turn until a condition holds. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes a callback for an edit or a view that ends when its `finish` or `fail` is called. */
function held() {
  const callback = (current) => {
    callback.current = current;
    callback.hasBegun = true;
    return new Promise((resolve, reject) =>
      Object.assign(callback, { finish: resolve, fail: reject }),
    );
  };
  callback.begun = () => until(() => callback.hasBegun);
  return callback;
}

module.exports = { held, until };
