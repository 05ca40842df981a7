'use strict';

// Deadlocks that the stack does not show: the time limit ends them, and its message says where the
// lock is.

const assert = require('node:assert/strict');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const { callbackify, promisify } = require('node:util');
const { temporaryStore } = require('../support/engine');
const { held } = require('../support/waiting');

/** Runs a generator as TypeScript runs `async` functions that it compiles for older engines. */
function awaiter(generate) {
  return new Promise((resolve, reject) => {
    const generator = generate();
    const step = (result) =>
      result.done
        ? resolve(result.value)
        : Promise.resolve(result.value).then(fulfilled, (error) => rejected(error));
    const fulfilled = (value) => {
      try {
        step(generator.next(value));
      } catch (error) {
        reject(error);
      }
    };
    const rejected = (error) => {
      try {
        step(generator.throw(error));
      } catch (thrown) {
        reject(thrown);
      }
    };
    fulfilled();
  });
}

/** Ways to await a call that V8's stack does not show. */
const MISSED = {
  'an await that a compiler has replaced': (call) =>
    awaiter(function* () {
      yield immediate();
      yield call();
    }),
  'a promise that is awaited and caught': async (call) => {
    const promise = call();
    promise.catch(() => {});
    await promise;
  },
  'a promise that is awaited later': async (call, store) => {
    const promise = call();
    let isOver = false;
    // Its time limit may end before it is awaited.
    promise.catch(() => (isOver = true));
    while (!isOver && !(await store.locks()).some(({ waiting }) => waiting));
    await promise;
  },
  'a function with a callback': (call) => promisify(callbackify(call))(),
};

for (const [way, reach] of Object.entries(MISSED)) {
  test(`an undetected deadlock ends by its time limit, whose message says why: ${way}`, async (t) => {
    const store = temporaryStore(t, { lockTimeout: 30 });
    const edited = store.editItem('a', async () => {
      await reach(() => store.setItem('a', 1), store);
    });
    await assert.rejects(edited, {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message: /held it since .*, in the callback that made this call\. Use its argument/,
    });
  });
}

test('a timeout for a lock that an unrelated callback of this process holds says so', async (t) => {
  const store = temporaryStore(t, { lockTimeout: 20 });
  const edit = held();
  const edited = store.editItem('a', edit);
  await edit.begun();
  await assert.rejects(store.setItem('a', 1), {
    message: new RegExp(
      `This process \\(${process.pid}\\) has held it since [^ ]+, in a callback of this instance$`,
    ),
  });
  edit.finish(1);
  await edited;
});
