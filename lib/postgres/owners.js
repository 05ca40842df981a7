'use strict';

// The parts of the instances that own calls. A session mostly runs calls of its own instance. A view
// inside a view of another instance of the store runs on the session of the outer view.

/** Gives the parts of the instance that owns a call. */
function partsOf(call) {
  return call.owner.parts;
}

/** Lists calls by the parts of their instances. */
function byOwner(calls) {
  const owners = new Map();
  for (const call of calls) {
    const parts = partsOf(call);
    const own = owners.get(parts);
    if (own === undefined) owners.set(parts, [call]);
    else own.push(call);
  }
  return owners;
}

/** Puts calls back into the queues of their instances. */
function putBack(calls) {
  for (const [parts, own] of byOwner(calls)) parts.putBack(own);
}

/**
 * Notes that calls have ended their leases, and lets those try that waited for them.
 *
 * @param {object} [always] the parts of an instance whose calls may try also if none of its leases has
 *   ended
 */
function endLeases(calls, always) {
  const owners = byOwner(calls);
  if (always !== undefined && !owners.has(always)) owners.set(always, []);
  for (const [parts, own] of owners) parts.putBack(parts.locks.ended(own));
}

module.exports = { byOwner, endLeases, partsOf, putBack };
