'use strict';

// The signals that can abort calls and watchers. A signal may outlive many instances, for instance
// one that a server aborts when it shuts down. So a signal has one listener for those of all
// instances, and only while there are some. Node warns of more than ten listeners.

/**
 * The waiting calls and the watchers by their signals, each with the function that gives it up.
 * @type {WeakMap<AbortSignal, { calls: Map<{ signal: AbortSignal }, Function>, abort: () => void }>}
 */
const waiting = new WeakMap();

/**
 * Lets a signal abort a call or a watcher, until `forget`.
 *
 * @param {{ signal: AbortSignal }} call
 * @param {(call: object, signal: AbortSignal) => void} giveUp
 */
function listen(call, giveUp) {
  const { signal } = call;
  let listener = waiting.get(signal);
  if (listener === undefined) {
    listener = listenerOf(signal);
    signal.addEventListener('abort', listener.abort, { once: true });
    waiting.set(signal, listener);
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

/** Removes a call that waits no longer, or a watcher that has ended. */
function forget(call) {
  const { signal } = call;
  const listener = waiting.get(signal);
  if (!listener?.calls.delete(call) || listener.calls.size > 0) return;
  waiting.delete(signal);
  signal.removeEventListener('abort', listener.abort);
}

module.exports = { forget, listen };
