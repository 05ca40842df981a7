'use strict';

// The kinds of calls that a contract test runs with: awaited ones, and blocking ones if the engine
// has them. A test is written once, with `await`.
//
// A store of the blocking kind makes the call `…Sync` where there is one, inside an asynchronous
// function: so its result resolves and its error rejects. An asynchronous callback goes to the
// awaited call.

const nodeTest = require('node:test');
const { isAsyncFunction } = require('node:util/types');
const engine = require('./engine');

const KINDS = { awaited: (store) => store, blocking: blockingStore };
const names = engine.hasBlockingCalls ? Object.keys(KINDS) : ['awaited'];

/** The kind of the test that runs. The tests of a file run one after the other. */
let present = 'awaited';

function blockingStore(store) {
  const calls = new Proxy(store, {
    get(_, name) {
      if (typeof store[name] !== 'function') return store[name];
      const twin = store[`${String(name)}Sync`];
      if (twin === undefined) return store[name].bind(store);
      return async (...args) => {
        const call = args.some(isAsyncFunction) ? store[name] : twin;
        const result = await Reflect.apply(call, store, args);
        return result === store ? calls : result;
      };
    },
  });
  return calls;
}

/** Opens a store of a kind: by default that of the test that runs. */
function open(place, options, kind = present) {
  return KINDS[kind](engine.open(place, options));
}

/** Gives the calls of the test's kind on the items of a part of a store. */
function ofPart(part) {
  return KINDS[present](part);
}

function temporaryStore(t, options) {
  return KINDS[present](engine.temporaryStore(t, options));
}

function testOf(kind, title, args) {
  const options = args.length > 1 ? args[0] : {};
  nodeTest(title, options, async (t) => {
    present = kind;
    try {
      await args.at(-1)(t);
    } finally {
      present = 'awaited';
    }
  });
}

/** Runs a test once with each kind of calls. Takes what `node:test` does. */
function test(title, ...args) {
  for (const kind of names) testOf(kind, `${title} (${kind})`, args);
}

/** Runs a test with awaited calls alone. */
test.awaited = (title, ...args) => testOf('awaited', title, args);

const hasNone = !engine.hasBlockingCalls && 'the engine has no blocking calls';

/** Runs a test that makes blocking calls itself, if the engine has them. */
test.blocking = (title, ...args) => {
  const options = args.length > 1 ? args[0] : {};
  nodeTest(title, { ...options, skip: hasNone || options.skip }, args.at(-1));
};

module.exports = { kinds: names, ofPart, open, temporaryStore, test };
