'use strict';

// Finds the callbacks in which a call is made, through any depth of `await`, to refuse calls that
// can never get their locks.
//
// Two signs must agree before a call is refused, since a false alarm is worse than a miss, which
// ends by its time limit:
//
// - The call was *made* in the callback: an AsyncLocalStorage shows it. The storage slows every
//   promise of the program under Node 20 and 22, so it is entered only for a callback that may be
//   asynchronous, and disabled when none is pending. Alone, this sign would be wrong for a queue
//   whose loop was started in the callback and that runs a task of another caller, and for a call
//   that nobody awaits.
// - The callback *awaits* the call: V8's stack shows it. While a callback's promise is pending, a
//   function with a name of its own awaits that promise. When the call has to wait, a function runs
//   that the call's promise depends on, and V8 shows in its stack the functions that await the
//   call's promise. Alone, this sign would be wrong for a job that was begun before the callback,
//   and which the callback races against something.
//
// Calls that must not queue after calls that wait for the callback need the first sign only: a
// false one does no harm there.

const { AsyncLocalStorage } = require('node:async_hooks');
const { isAsyncFunction } = require('node:util/types');
const { functionNames } = require('./stack');
const timers = require('../timers');
const { NOWHERE } = require('./call');

/**
 * The beginning of the functions' names. It is random, since another copy of the package in this
 * process numbers its calls too.
 */
const MARK = `persist-lock callback ${Math.random().toString(36).slice(2)} `;

/** The call whose callback is running now, in its synchronous part. */
let running;
/** The error that a callback has thrown in its synchronous part. */
let thrown;
/** The calls whose callbacks' promises are pending, by their order. */
const pending = new Map();

/**
 * The order of the call in whose callback the present code was begun. Not the call itself: some
 * contexts never end.
 */
const places = new AsyncLocalStorage();
/** The order of the call for whose callback `places` was last entered, while it is enabled. */
let entered;
/** The functions that start the check of each call that may wait for a callback around it. */
const gates = new WeakMap();
/**
 * True once a function that is not `async` has returned a promise. From then on such functions are
 * followed too.
 */
let anyMayBeAsynchronous = false;

/** Runs a call; calls that its callback makes are inside it. */
function runInside(call, turn) {
  const outer = running;
  running = call;
  try {
    return call.start(turn);
  } finally {
    running = outer;
  }
}

/** Calls the callback of the call that is running, so that calls made in it are recognized. */
function callInside(callback, value, before) {
  const isFollowed = running !== undefined && (anyMayBeAsynchronous || isAsyncFunction(callback));
  // A blocking call’s callback returns no promise, and runs in the context of the caller.
  if (isFollowed && !running.isBlocking) {
    entered = running.order;
    places.enterWith(entered);
  }
  try {
    return callback(value, before);
  } catch (error) {
    thrown = error;
    throw error;
  }
}

/** Returns true for the error that the last callback has thrown; forgets it. */
function isOfCallback(error) {
  const last = thrown;
  thrown = undefined;
  return error === last;
}

/** Awaits the promise of a call's callback. */
async function awaitInside(call, promise) {
  if (entered !== call.order) anyMayBeAsynchronous = true;
  const mark = `${MARK}${call.order}`;
  const marked = {
    async [mark]() {
      return await promise;
    },
  };
  pending.set(call.order, call);
  try {
    return await marked[mark]();
  } finally {
    pending.delete(call.order);
    leave();
  }
}

/**
 * Stops following contexts when no callback is pending. Call it after callbacks have run. In a
 * callback, which may make a blocking call in another store, contexts are still followed.
 */
function leave() {
  if (entered === undefined || pending.size > 0 || running !== undefined) return;
  entered = undefined;
  places.disable();
}

/** Returns false if the present code cannot be in a callback, at almost no cost. */
function mayBeInside() {
  return running !== undefined || pending.size > 0;
}

/** Lists the calls in whose callbacks the present code was begun, the innermost first. */
function callsAround() {
  const innermost = running ?? pending.get(places.getStore());
  return innermost === undefined ? NOWHERE : [innermost, ...innermost.madeIn.filter(isPending)];
}

function isPending({ order }) {
  return pending.has(order);
}

/**
 * Lists the calls whose callbacks await the running function, and those whose callbacks await
 * these.
 */
function callsThatAwait() {
  return functionNames()
    .filter((name) => name.includes(MARK))
    .map((name) => pending.get(Number(name.slice(name.indexOf(MARK) + MARK.length))))
    .filter((call) => call !== undefined)
    .flatMap((call) => [call, ...call.inside.filter(isPending)]);
}

/**
 * Picks the calls whose callbacks await the present code, from those in whose callbacks the code
 * was begun.
 */
function awaiting(around) {
  if (around.length === 0) return NOWHERE;
  if (running !== undefined) return [running, ...running.inside];
  const calls = callsThatAwait();
  return around.filter((call) => calls.includes(call));
}

/**
 * Notes the callbacks in which a new call is made. A call without a callback needs this only if
 * they have its keys.
 */
function locate(call) {
  if (running === undefined && pending.size === 0) return;
  const around = callsAround();
  if (around.length === 0) return;
  if (call.hasCallback) call.inside = awaiting(around);
  if (call.hasCallback || around.some((outer) => mayExclude(outer, call))) call.madeIn = around;
}

/**
 * Returns true if a call may have the locks of another one. A store that is not open yet does not
 * know its folder.
 */
function mayExclude(outer, call) {
  return call.folder === undefined || outer.excludes(call);
}

/**
 * Refuses a call that waits for a callback around it, if that callback awaits the promise that is
 * returned. Returns the promise of any other call as it is.
 */
function guard(call, promise, refuse) {
  if (call.madeIn.length === 0 || !call.madeIn.some((outer) => mayExclude(outer, call)))
    return promise;
  // No reaction of the call's promise may open the gate: V8 follows only a promise with one.
  const opened = new Promise((open) => gates.set(call, open));
  return opened.then(() => {
    // V8 continues this function's stack with the functions that await the returned promise.
    const calls = call.isWaiting ? callsThatAwait() : NOWHERE;
    if (call.holdersAround.some((holder) => calls.includes(holder))) refuse();
    return promise;
  });
}

/** Notes that a call has to wait for its locks. By then its caller has had the time to await it. */
function noteWaiting(call) {
  if (call.madeIn.length > 0) gates.get(call)?.();
}

/** Notes that a call has settled. */
const noteSettled = noteWaiting;

/** Returns true if the present code was begun in a callback of a call to this writer. */
function isInside(writer) {
  return mayBeInside() && callsAround().some(({ owner }) => owner === writer);
}

/** Resolves with true if such a callback awaits the asynchronous function that calls this in it. */
async function isAwaitedInside(writer) {
  const around = callsAround().filter(({ owner }) => owner === writer);
  // Code that awaits the caller's promise does so before the next tick.
  await new Promise(timers.nextTick);
  const calls = callsThatAwait();
  return around.some((call) => calls.includes(call));
}

module.exports = {
  awaitInside,
  callInside,
  guard,
  isAwaitedInside,
  isInside,
  isOfCallback,
  leave,
  locate,
  mayBeInside,
  noteSettled,
  noteWaiting,
  runInside,
};
