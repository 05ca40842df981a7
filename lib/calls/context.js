'use strict';

// Which callbacks a call is made in, through any depth of `await`: for calls that can never get their locks.
//
// Two signs must agree before a call is refused, since a false alarm is worse than a miss, which ends by its time limit:
//
// - The call was *made* in the callback: an AsyncLocalStorage says so. It is entered only for a callback that may be asynchronous,
//   and disabled when none is pending, since it slows every promise of the program under Node 20 and 22. By itself it would be
//   wrong for another's task that a queue runs whose loop was started inside the callback, and for a call that nobody awaits.
// - The callback *awaits* the call: V8's stack says so. While a callback's promise is pending, a function with a name of its own
//   awaits it. When the call has to wait, a function runs that its promise depends on, and V8 shows in its stack which functions
//   await that promise. By itself it would be wrong for a job that was begun before the callback, which awaits it or something
//   else, whichever is first.
//
// Calls that must not queue behind those who wait for the callback need the first sign only: a false one does no harm there.

const { AsyncLocalStorage } = require('node:async_hooks');
const { isAsyncFunction } = require('node:util/types');
const { functionNames } = require('./stack');
const timers = require('../timers');
const { NOWHERE } = require('./call');

/** Unlike that of another copy of the package in this process, which numbers its calls too. */
const MARK = `persist-lock callback ${Math.random().toString(36).slice(2)} `;

/** The call whose callback is running now, synchronously. */
let running;
/** The calls whose callbacks' promises are pending, by their order. */
const pending = new Map();

/** Holds the order of the call in whose callback the present code was begun. It must not hold a call: some contexts never end. */
const places = new AsyncLocalStorage();
/** The order of the call for whose callback that was last entered, as long as it is enabled. */
let entered;
/** What lets go on the check of each call that may wait for a callback around it. */
const gates = new WeakMap();
/** Set once a function that is not `async` has returned a promise: from then on such functions are followed too. */
let anyMayBeAsynchronous = false;

/** Runs a call, whose callback is then one that others may be made in. */
function runInside(call, turn) {
  const outer = running;
  running = call;
  try {
    return call.start(turn);
  } finally {
    running = outer;
  }
}

/** Calls the callback of the call that is running, so that what is called in it can be told. */
function callInside(callback, value) {
  if (running !== undefined && (anyMayBeAsynchronous || isAsyncFunction(callback))) {
    entered = running.order;
    places.enterWith(entered);
  }
  return callback(value);
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

/** Stops following contexts when no callback is pending. To be called after callbacks have run. */
function leave() {
  if (entered === undefined || pending.size > 0) return;
  entered = undefined;
  places.disable();
}

/** True if the present call may be made in a callback; otherwise nothing needs to be looked for. */
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

/** Lists the calls whose callbacks await what runs now, and those whose callbacks await these. */
function callsThatAwait() {
  return functionNames()
    .filter((name) => name.includes(MARK))
    .map((name) => pending.get(Number(name.slice(name.indexOf(MARK) + MARK.length))))
    .filter((call) => call !== undefined)
    .flatMap((call) => [call, ...call.inside.filter(isPending)]);
}

/** Picks the calls whose callbacks await the present code, from those in whose callbacks it was begun. */
function awaiting(around) {
  if (around.length === 0) return NOWHERE;
  if (running !== undefined) return [running, ...running.inside];
  const calls = callsThatAwait();
  return around.filter((call) => calls.includes(call));
}

/** Notes the callbacks that a new call is made in. A call without a callback needs that only if it is of their keys. */
function locate(call) {
  if (!mayBeInside()) return;
  const around = callsAround();
  if (around.length === 0) return;
  if (call.hasCallback) call.inside = awaiting(around);
  if (call.hasCallback || around.some((outer) => mayExclude(outer, call))) call.madeIn = around;
}

/** True if a call may have the locks of another one. A store that no turn has used yet does not know its folder. */
function mayExclude(outer, call) {
  return call.folder === undefined || outer.excludes(call);
}

/**
 * Watches over a call that may have to wait for a callback around it: if that awaits the promise that is returned, the call is
 * refused. Returns the promise as it is for any other call.
 */
function guard(call, promise, refuse) {
  if (!call.madeIn.some((outer) => mayExclude(outer, call))) return promise;
  const opened = new Promise((open) => {
    gates.set(call, open);
    promise.then(open, open);
  });
  return opened.then(() => {
    // This function's stack goes on with those who await what it returns.
    const calls = call.isWaiting ? callsThatAwait() : NOWHERE;
    if (call.holdersAround.some((holder) => calls.includes(holder))) refuse();
    return promise;
  });
}

/** Notes that a call has to wait for its locks, by when its caller has had the time to await it. */
function noteWaiting(call) {
  if (call.madeIn.length > 0) gates.get(call)?.();
}

/** True if the present code was begun in a callback of a call to this writer. */
function isInside(writer) {
  return mayBeInside() && callsAround().some(({ owner }) => owner === writer);
}

/** Resolves with true if such a callback awaits the asynchronous function that calls this in it. */
async function isAwaitedInside(writer) {
  const around = callsAround().filter(({ owner }) => owner === writer);
  // By then the caller's promise is awaited, if it is at all.
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
  leave,
  locate,
  mayBeInside,
  noteWaiting,
  runInside,
};
