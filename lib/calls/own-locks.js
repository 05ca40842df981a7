'use strict';

// Lists the locks that the calls of one instance have or wait for.

/**
 * Lists locks, one for each key of a call.
 *
 * @param {import('./leases').Leases} leases
 * @param {import('./key-locks').KeyLocks} keys
 * @param {import('./deadlines').Deadlines} deadlines
 * @returns {Iterable<import('../told-locks').FoundLock>}
 */
function* ownLocks(leases, keys, deadlines) {
  const own = { pid: process.pid };
  for (const call of leases) {
    for (const keyText of call.keyTexts) {
      const since = keys.get(keyText)?.since ?? Date.now();
      yield { key: JSON.parse(keyText), kind: kindOf(call), waiting: false, process: own, since };
    }
  }
  for (const { call, begun } of deadlines.waits) {
    // A removal by a prefix names its keys once a turn has looked for them.
    for (const key of call.keys ?? [call.prefix === undefined ? null : undefined]) {
      yield { key, kind: kindOf(call), waiting: true, process: own, since: begun };
    }
  }
}

function kindOf({ keys, prefix, shared }) {
  if (keys === null && prefix === undefined) return 'clear';
  return shared ? 'view' : 'edit';
}

module.exports = { ownLocks };
