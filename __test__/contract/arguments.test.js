'use strict';

// No call ignores what it is given: arguments beyond its parameters, and options that it does not
// know. The calls are those of the class: a new one is tested too.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const engine = require('../support/engine');
const { temporaryFolder } = require('../support/folders');
const { membersOf } = require('../support/members');

const { newPlace, open, temporaryStore } = engine;

/** An argument for each parameter. */
const ARGUMENTS = {
  callback: assert.fail,
  edit: assert.fail,
  entries: [['a', 2]],
  file: 'backup',
  key: 'a',
  keys: ['a'],
  make: assert.fail,
  match: 'a',
  ttl: 1000,
  value: 1,
  view: assert.fail,
};

/** Lists the calls of a store, and of the parts of one; of blocking ones, only those that it has. */
function calls(t) {
  const store = temporaryStore(t);
  const named = (name) =>
    typeof name === 'string' && (engine.hasBlockingCalls || !name.endsWith('Sync'));
  return membersOf(store.constructor)
    .filter(named)
    .map((name) => ({ name, parameters: parametersOf(store[name]) }));
}

/** Reads the parameters of a method from its source. */
function parametersOf(method) {
  const [, list] = /\(([^)]*)\)/.exec(method.toString());
  return list.split(', ').filter((name) => name !== '');
}

/** Makes a call; resolves with its error, `undefined` if it has none. */
async function errorOf(store, name, given) {
  try {
    await store[name](...given);
    return undefined;
  } catch (error) {
    return error;
  }
}

test('every call refuses arguments beyond its parameters, and names those that it takes', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', 1);
  for (const { name, parameters } of calls(t)) {
    const list = parameters.join(', ');
    for (const surplus of [['surplus'], [undefined, { prefix: 'a' }], [null]]) {
      const given = [...parameters.map((each) => ARGUMENTS[each]), ...surplus];
      const error = await errorOf(store, name, given);
      assert.equal(error?.code, 'ERR_PERSIST_LOCK_INVALID_ARGUMENT', name);
      assert.ok(error instanceof TypeError);
      assert.ok(error.message.startsWith(`\`${name}(${list})\` takes no further`), error.message);
      assert.ok(error.message.endsWith(`(${list}) => store.${name}(${list})`), error.message);
    }
  }
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await store.close();
});

test('the constructor refuses a third argument', (t) => {
  const { constructor: PersistLock } = temporaryStore(t);
  const expected = {
    name: 'TypeError',
    code: 'ERR_PERSIST_LOCK_INVALID_ARGUMENT',
    message:
      /^`new PersistLock\(\w+, options\)` takes no further arguments\. Received also \{ ttl: 5 \}$/,
  };
  assert.throws(() => new PersistLock('.', {}, { ttl: 5 }), expected);
});

test('every call takes any number of undefined after its arguments', async (t) => {
  for (const { name, parameters } of calls(t)) {
    const store = temporaryStore(t);
    const usable = { ...ARGUMENTS, file: path.join(temporaryFolder(t), 'backup') };
    const given = parameters.map((each) => usable[each]);
    const error = await errorOf(store, name, [...given, undefined, undefined]);
    assert.notEqual(error?.code, 'ERR_PERSIST_LOCK_INVALID_ARGUMENT', name);
  }
});

test('a call that an array passes more than its arguments says how to wrap it', async (t) => {
  const store = temporaryStore(t);
  const [refused] = await Promise.allSettled(['a'].map(store.getItem, store));
  assert.match(
    refused.reason.message,
    /Received also 0\. .* wrap the call: \(key\) => store\.getItem/,
  );
});

test('every call with options refuses others, and what is no object of options', async (t) => {
  const place = newPlace(t);
  const store = open(place);
  await store.setItem('a', 1);
  const withOptions = calls(t).filter(({ parameters }) => parameters.includes('options'));
  assert.ok(withOptions.length > 10);
  for (const { name, parameters } of withOptions) {
    for (const options of [{ none: 1 }, { Prefix: 'a' }, 'a', /a/, ['a'], [], new Map(), null]) {
      const given = parameters.map((each) => (each === 'options' ? options : ARGUMENTS[each]));
      assert.ok(
        given.every((each) => each !== undefined),
        `${name}: an argument is missing above`,
      );
      const error = await errorOf(store, name, given);
      assert.equal(error?.code, 'ERR_PERSIST_LOCK_INVALID_OPTION', `${name} ${String(options)}`);
      assert.match(
        error.message,
        /^There is no option .*\. The options are \w|^The options must be an object with any of \w/,
      );
    }
  }
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await store.close();
});
