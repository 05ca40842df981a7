'use strict';

const timers = require('../../lib/timers');

/** Lets a test set the time. Not every runtime restores it after the test. */
function mockTimers(t, options) {
  t.mock.timers.enable(options);
  t.after(() => t.mock.timers.reset());
}

/** Stops the clock that ends a turn, so that only the length of its commit can end it, on a busy machine too. */
function stopTurnClock(t) {
  t.mock.method(timers, 'now', () => 0);
}

module.exports = { mockTimers, stopTurnClock };
