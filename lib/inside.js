'use strict';

// Which callbacks a call is made in, through any depth of `await`: for calls that can never get their locks.
//
// While a callback's promise is pending, a function with a name of its own awaits it, and V8 shows that function in the
// stack of whatever the callback awaits. A stack is taken only while such a promise is pending. AsyncLocalStorage would tell
// the same, but from its first use on it slows every promise of the program (Node 20 and 22).

const { NOWHERE } = require('./write');

const MARK = 'persist-lock callback ';

/** The call whose callback is running now, synchronously. */
let running;
/** The calls whose callbacks' promises are pending, by their marks. */
const pending = new Map();
/** How many of them have a key, by folder and key. */
const leasedKeys = new Map();
let marks = 0;

/** Runs a call, whose callback is then one that others may be made in. */
function runInside(write, turn) {
  const outer = running;
  running = write;
  try {
    return write.run(turn);
  } finally {
    running = outer;
  }
}

function countKeys({ folder, keyTexts }, by) {
  for (const keyText of keyTexts) {
    const key = `${folder}\n${keyText}`;
    const count = (leasedKeys.get(key) ?? 0) + by;
    if (count === 0) leasedKeys.delete(key);
    else leasedKeys.set(key, count);
  }
}

/** Awaits the promise of a call's callback. */
async function awaitInside(write, promise) {
  const mark = `${MARK}${marks++}`;
  const marked = {
    async [mark]() {
      return await promise;
    },
  };
  pending.set(mark, write);
  countKeys(write, 1);
  try {
    return await marked[mark]();
  } finally {
    pending.delete(mark);
    countKeys(write, -1);
  }
}

/** Whether the present call can be made in any callback: if not, there is nothing to be looked for. */
function mayBeInside() {
  return running !== undefined || pending.size > 0;
}

/** The calls whose callbacks the present call is made in. */
function enclosing() {
  if (running) return [running, ...running.inside];
  if (pending.size === 0) return NOWHERE;
  return marksOnStack()
    .map((mark) => pending.get(mark))
    .filter(Boolean)
    .flatMap((write) => [write, ...write.inside]);
}

/** The same, for a call without a callback: it matters only if its key is leased. */
function enclosingOfKey(folder, keyText) {
  if (running === undefined) {
    if (pending.size === 0) return NOWHERE;
    if (folder && !leasedKeys.has(`${folder}\n${keyText}`)) return NOWHERE;
  }
  return enclosing();
}

/** The calls whose callbacks a new call is made in. Without a callback of its own, it matters only if its key is leased. */
function insideOf(call, folder) {
  if (!mayBeInside()) return NOWHERE;
  const { keyTexts, hasCallback } = call;
  if (hasCallback || keyTexts === null) return enclosing();
  return keyTexts.length === 0 ? NOWHERE : enclosingOfKey(folder, keyTexts[0]);
}

/** Whether the present call is made inside a callback of a call to this writer. */
function isInside(writer) {
  return enclosing().some(({ owner }) => owner === writer);
}

function marksOnStack() {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = Infinity;
    Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFunctionName() ?? '');
    const holder = {};
    Error.captureStackTrace(holder, marksOnStack);
    // Methods are shown with their receiver: `Object.persist-lock callback 7`.
    return holder.stack
      .filter((name) => name.includes(MARK))
      .map((name) => name.slice(name.indexOf(MARK)));
  } catch {
    // Errors that may not be changed tell nothing: then the time limit does.
    return [];
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  }
}

module.exports = { awaitInside, insideOf, isInside, mayBeInside, runInside };
