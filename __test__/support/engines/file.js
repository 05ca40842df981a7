'use strict';

// The file engine for the contract tests: a place is a folder.

const PersistLock = require('../../..');
const { mockTimers, stopTurnClock } = require('../clock');
const { temporaryFolder } = require('../folders');
const { leaveNothing, temporaryStore } = require('../stores');

/** Stops `Date`, by which items expire, and the clock that ends a turn: calls made together share one. */
function stopClock(t, now = 1_800_000_000_000) {
  mockTimers(t, { apis: ['Date'], now });
  stopTurnClock(t);
  return { now, moveTo: (time) => t.mock.timers.setTime(time) };
}

module.exports = {
  hasBlockingCalls: true,
  countsCommits: true,
  tellsEachCommit: true,
  slowness: 1,
  newPlace: temporaryFolder,
  open: (folder, options) => new PersistLock(folder, options),
  temporaryStore,
  leaveNothing,
  stopClock,
};
