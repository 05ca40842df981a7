'use strict';

// The signals that can abort calls. A signal may outlive many instances, as a server's does that is aborted when it shuts down: so
// it has one listener for all calls of all instances, and only while a call waits.

/**
 * The calls that wait, by their signals, each with the function that gives it up.
 * @type {WeakMap<AbortSignal, { calls: Map<object, Function>, abort: () => void }>}
 */
const waiting = new WeakMap();

/**
 * Lets a call's signal abort it, until `forget`.
 *
 * @param {import('./call').Call} call
 * @param {(call: object, signal: AbortSignal) => void} giveUp
 */
function listen(call, giveUp) {
  const { signal } = call;
  let listener = waiting.get(signal);
  if (listener === undefined) {
    listener = listenerOf(signal);
    waiting.set(signal, listener);
    signal.addEventListener('abort', listener.abort, { once: true });
  }
  listener.calls.set(call, giveUp);
}

function listenerOf(signal) {
  const calls = new Map();
  const abort = () => {
    for (const [call, giveUp] of [...calls]) giveUp(call, signal);
  };
  return { calls, abort };
}

/** Takes note that a call waits no longer. */
function forget(call) {
  const { signal } = call;
  const listener = waiting.get(signal);
  if (!listener?.calls.delete(call) || listener.calls.size > 0) return;
  waiting.delete(signal);
  signal.removeEventListener('abort', listener.abort);
}

module.exports = { forget, listen };
