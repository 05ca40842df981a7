'use strict';

/** Lets a test set the time. Not every runtime restores it after the test. */
function mockTimers(t, options) {
  t.mock.timers.enable(options);
  t.after(() => t.mock.timers.reset());
}

module.exports = { mockTimers };
