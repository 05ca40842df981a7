'use strict';

// Takes the calls of the next turn out of the queue, or out of the list of those that have waited for
// a key, in their order. Runs none of them.

const { PrefixCall } = require('../calls/prefix-call');
const { Puts } = require('../calls/puts');
const { putBack } = require('./owners');
const { runAround } = require('./session');

/** The most calls of a turn. */
const MOST_CALLS = 4_096;
/**
 * The time limit from which a call waits for a key that nobody has tried, in milliseconds: its time
 * runs then, although the key may be free.
 */
const PATIENT = 1_000;

/**
 * Takes the calls of the next turn on the main session; or, as `lonely`, a call that runs alone. The
 * turns of the calls before it come first.
 *
 * @param {object} parts those of the scheduler
 * @param {import('./session').Session} session
 * @param {boolean} mustRun true if the turn has work of its own
 */
function gather(parts, session, mustRun) {
  const { queue, locks, limits, puts } = parts;
  const calls = [];
  const modes = new Map();
  let lonely;
  queue.beginTurn();
  while (calls.length < MOST_CALLS) {
    const call = queue.next();
    if (call === undefined) break;
    if (!call.isWaiting) continue;
    const isPrefix = call instanceof PrefixCall;
    if (call instanceof Puts && call.isBatch) puts.splitTaken(call);
    else if (!isPrefix && !locks.admit(call)) continue;
    const { keyTexts } = call;
    if (isPrefix || keyTexts === null || keyTexts.length > limits.keys) {
      if (calls.length === 0 && !mustRun) lonely = call;
      else queue.putBack(call);
      break;
    }
    if (isNestedElsewhere(call, session) || waitsAtOnce(parts, call)) continue;
    if (!fits(modes, call.shared, keyTexts, limits.keys)) {
      queue.putBack(call);
      break;
    }
    calls.push(call);
  }
  queue.endTurn();
  return { calls, lonely };
}

/** Hands a view inside a view to the session of the outer one, which shares its locks. */
function isNestedElsewhere(call, session) {
  if (call.madeIn.length === 0 || !call.isNestedView) return false;
  return call.keyTexts.some((keyText) => runAround(call, keyText, session));
}

/** Lets a call wait for a key that was busy a moment ago, without a try. */
function waitsAtOnce({ waits }, call) {
  const { keyTexts, madeIn, timeout } = call;
  if (keyTexts.length !== 1 || madeIn.length > 0 || timeout < PATIENT) return false;
  if (!waits.isLikelyBusy(keyTexts[0])) return false;
  waits.awaitLikelyKey(call, keyTexts[0]);
  return true;
}

/**
 * Takes the first calls that have waited for a key.
 *
 * @param {object} parts those of the scheduler
 * @param {string} keyText the key, by its JSON text
 * @param {boolean} isShared true to take views alone
 */
function takeWaiting({ locks, limits }, keyText, isShared) {
  const list = locks.listOf(keyText);
  const calls = [];
  const modes = new Map();
  while (calls.length < MOST_CALLS) {
    const call = list?.first;
    if (call === undefined || (isShared && !call.shared)) break;
    const isAlone = call instanceof PrefixCall || call.keyTexts.length > limits.keys;
    if (!isAlone && !fits(modes, call.shared, call.keyTexts, limits.keys)) break;
    list.take();
    if (isAlone) {
      // It comes again, and takes its locks by itself.
      putBack([call]);
      break;
    }
    calls.push(call);
  }
  return calls;
}

/**
 * Returns true if a turn with these keys can take a call too, and notes the call's keys: a turn has so
 * many keys, and does not take a key alone that an earlier call of it shares.
 *
 * @param {Map<string, boolean>} modes true for a key that all calls share
 */
function fits(modes, shared, keyTexts, most) {
  if (modes.size > 0 && modes.size + keyTexts.length > most) {
    const added = keyTexts.filter((keyText) => !modes.has(keyText)).length;
    if (modes.size + added > most) return false;
  }
  if (!shared && keyTexts.some((keyText) => modes.get(keyText) === true)) return false;
  for (const keyText of keyTexts) if (!modes.has(keyText)) modes.set(keyText, shared);
  return true;
}

/**
 * Returns true for sets that may be stored in one trip. One with a time limit that runs may be given up
 * meanwhile, and must not be stored then.
 */
function isPlainSet(call) {
  return call instanceof Puts && call.wait === undefined;
}

module.exports = { gather, isPlainSet, takeWaiting };
