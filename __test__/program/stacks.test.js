'use strict';

// Stack traces and promises of the program around a store: the detection of deadlocks reads the former and follows the latter,
// and changes neither.

const assert = require('node:assert/strict');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { noStacks: skip, notNode } = require('../support/runtime');
const { temporaryStore } = require('../support/stores');

const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

test(
  'a program’s own Error.prepareStackTrace and stackTraceLimit are neither used nor changed',
  { skip },
  async (t) => {
    const store = temporaryStore(t);
    const before = Object.getOwnPropertyDescriptors(Error);
    const changes = [];
    for (const name of ['prepareStackTrace', 'stackTraceLimit']) {
      Object.defineProperty(Error, name, {
        configurable: true,
        get: () => (name === 'stackTraceLimit' ? 0 : () => 'the program’s own'),
        set() {
          changes.push(name);
        },
      });
    }
    try {
      await store.editItem('a', async () => {
        await immediate();
        await assert.rejects(store.setItem('a', 1), deadlock);
        return 'edited';
      });
    } finally {
      delete Error.prepareStackTrace;
      delete Error.stackTraceLimit;
      Object.defineProperties(Error, before);
    }
    assert.deepEqual(changes, []);
    assert.equal(await store.getItem('a'), 'edited');
  },
);

const FROZEN = `
  const store = new PersistLock(process.argv[1]);
  const seen = [];
  let end;
  const begun = new Promise((resolve) => {
    store.editItem('held', async () => {
      await null;
      seen.push(await store.setItem('held', 1).catch(({ code }) => code));
      resolve();
      return new Promise((ended) => (end = ended));
    }).then((value) => seen.push(value));
  });
  begun.then(async () => {
    seen.push(await store.editItem('b', () => 1));
    seen.push(await store.editItems(['b', 'c'], async (items) => items));
    seen.push(await store.viewItem('b', async (value) => value));
    await store.setItem('b', 2);
    const waiting = store.setItem('held', 2);
    const clearing = store.clear();
    const closing = store.close();
    end('edited');
    await Promise.all([waiting, clearing, closing]);
    console.log(JSON.stringify(seen.map((value) => (value instanceof Map ? 'Map' : value))));
  });
`;

for (const [how, args, freeze] of [
  ['frozen by the program', [], 'Object.freeze(Error);'],
  ['frozen by Node', ['--frozen-intrinsics', '--no-warnings'], ''],
]) {
  const expected = ['ERR_PERSIST_LOCK_DEADLOCK', 1, 'Map', 1, 'edited'];
  test(`an Error that was ${how} fails no call and hides no deadlock`, { skip }, async (t) => {
    const module = JSON.stringify(require.resolve('../..'));
    const program = `const PersistLock = require(${module}); ${freeze} ${FROZEN}`;
    const ran = await runScript([...args, '-e', program, temporaryFolder(t)]);
    const { stdout, ...ended } = ran;
    assert.deepEqual(ended, { stderr: '', code: 0, signal: null });
    assert.deepEqual(JSON.parse(stdout), expected);
  });
}

/** Checks that Node follows promises at present, which slows each of them under Node 20 and 22. */
function arePromisesFollowed() {
  return Object.getOwnPropertySymbols(Promise.resolve()).length > 0;
}

test('Node follows promises only while a callback is pending', { skip: notNode }, async (t) => {
  // Node 24 and newer follow contexts at no cost, and mark no promise.
  const isCostly = Number(process.versions.node.split('.')[0]) < 24;
  const program = `
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    ${arePromisesFollowed}
    const store = new PersistLock(process.argv[1]);
    const seen = [];
    const look = () => seen.push(arePromisesFollowed());
    (async () => {
      look();
      await Promise.all(Array.from({ length: 100 }, () => store.editItem('a', (n = 0) => (look(), n + 1))));
      console.log(seen.some(Boolean));
      await store.editItem('a', async () => {
        await null;
        look();
        return 1;
      });
      console.log(seen.at(-1));
      await new Promise(setImmediate);
      console.log(arePromisesFollowed());
      await store.close();
    })();`;
  const { stdout, stderr } = await runScript(['-e', program, temporaryFolder(t)]);
  assert.deepEqual([stdout, stderr], [`false\n${isCostly}\nfalse\n`, '']);
});

// Each level of a recursion calls the store on its way back from the end of the stack: so the stack
// ends at any place of the store's code. A call that is left unsettled lets the process end early.
const AT_THE_END_OF_THE_STACK = `
  const calls = {
    // Long enough for a turn in the middle of the loop.
    setItem: (store) => store.setItem('a', 'x'.repeat(100_000)),
    editItem: (store) => store.editItem('b', (n = 0) => n + 1),
    removeItem: (store) => store.removeItem('c'),
  };
  let throws = 0;
  const made = [];
  function recur(call) {
    try {
      recur(call);
    } catch {
      // The end of the stack.
    }
    if (made.length + throws > 600) return;
    try {
      made.push(call().catch(() => {}));
    } catch {
      throws++;
    }
  }
  (async () => {
    for (const call of Object.values(calls)) {
      const store = new PersistLock(process.argv[1]);
      await store.init();
      throws = made.length = 0;
      recur(() => call(store));
      await Promise.all(made);
      await call(store);
      await store.close();
      console.log(throws > 0 && made.length > 0);
    }
  })();
`;

test('calls made at the end of the stack leave none unsettled', { skip: notNode }, async (t) => {
  const program = `const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    ${AT_THE_END_OF_THE_STACK}`;
  const { stdout, code } = await runScript(['-e', program, temporaryFolder(t)]);
  assert.deepEqual({ stdout, code }, { stdout: 'true\ntrue\ntrue\n', code: 0 });
});

test(
  'blocking calls at the end of the stack end, or change nothing',
  { skip: notNode },
  async (t) => {
    const program = `const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    const store = new PersistLock(process.argv[1], { durability: 'os' });
    let done = 0;
    let refused = 0;
    // Frames of several sizes, so that the stack ends in each part of a turn.
    for (let size = 0; size < 40; size++) {
      let calls = 0;
      const deeper = (...numbers) => {
        try {
          deeper(...numbers);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
        if (calls++ > 400) return;
        try {
          store.editItemSync('a', (count = 0) => count + 1);
          done++;
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refused++;
        }
      };
      deeper(...new Array(size).fill(0));
    }
    console.log(done > 0 && refused > 0, store.getItemSync('a') === done);
    store.close().then(() => console.log('closed'));`;
    const script = ['-e', program, temporaryFolder(t)];
    const { stdout, stderr, code } = await runScript(script);
    assert.deepEqual(
      { stdout, stderr, code },
      { stdout: 'true true\nclosed\n', stderr: '', code: 0 },
    );
  },
);

test('a program whose errors call the store when they are made waits for nothing', async (t) => {
  const program = `const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    const { rmSync } = require('node:fs');
    (async () => {
      const store = new PersistLock(process.argv[1]);
      await store.setItem('a', 1);
      const { toString } = Error.prototype;
      let calls = 0;
      Error.prototype.toString = function () {
        if (calls++ === 0) store.getItem('a').catch(() => {});
        return toString.call(this);
      };
      // So the next turn meets an error of the native side.
      rmSync(process.argv[1] + '/.persist-lock', { recursive: true });
      await store.setItem('b', 2);
      await store.close();
      console.log(calls > 0);
    })();`;
  const script = ['-e', program, temporaryFolder(t)];
  const { stdout, signal } = await runScript(script, { timeout: 30_000, killSignal: 'SIGKILL' });
  assert.deepEqual({ stdout, signal }, { stdout: 'true\n', signal: null });
});
