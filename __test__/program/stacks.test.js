'use strict';

// Stack traces and promises of the program around a store: the detection of deadlocks reads the former and follows the latter,
// and changes neither.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setImmediate: immediate } = require('node:timers/promises');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { noStacks: skip, notNode } = require('../support/runtime');
const { leaveNothing, temporaryStore } = require('../support/stores');
const { traced, skip: noStrace } = require('../support/strace');
const { held } = require('../support/waiting');

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

/** Resolves with the error of a call that a function of a name awaits. */
async function errorOf(name, call) {
  const functions = {
    async [name]() {
      return await call();
    },
  };
  return functions[name]().then(
    () => assert.fail('it did not reject'),
    (error) => error,
  );
}

/** Makes calls that need the item 'a'. */
function callsOf(store) {
  return {
    set: () => store.setItem('a', 1),
    update: () => store.updateItem('a', 1),
    remove: () => store.removeItem('a'),
    edit: () => store.editItem('a', () => 1),
    edits: () => store.editItems(['b', 'a'], () => []),
    view: () => store.viewItem('a', () => 1),
    clear: () => store.clear(),
    all: () => Promise.all([store.setItem('b', 1), store.setItem('a', 1)]),
    caught: () => store.editItem('a', () => 1).catch((error) => Promise.reject(error)),
  };
}

test('a timeout shows the functions that await the call', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const stores = [1, 2].map(() => new PersistLock(folder, { lockTimeout: 20 }));
  const callback = held();
  const edit = stores[0].editItem('a', callback);
  await callback.begun();
  const check = async (name, call) => {
    const error = await errorOf(`waits for ${name}`, call);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT');
    assert.match(error.stack, /^PersistLockError: Waited 20 ms for the lock of /);
    assert.match(error.stack, new RegExp(`\\bwaits for ${name}\\b`));
  };
  for (const store of stores) {
    const { clear, ...calls } = callsOf(store);
    await check('clear', clear);
    for (const [name, call] of Object.entries(calls)) {
      await check(name, call);
      await store.editItem('c', () => check(`${name} inside`, call));
    }
    // A call of the callback's own item, which the callback does not await.
    let checked;
    const outer = held();
    const edited = store.editItem('x', async () => {
      checked = check('set of its own', () => store.setItem('x', 1));
      await outer();
    });
    await outer.begun();
    await checked;
    outer.finish();
    await edited;
  }
  callback.finish(1);
  await edit;
  await leaveNothing(folder, ...stores);
});

test(
  'an error of a callback’s result shows the functions that await the call',
  { skip },
  async (t) => {
    const store = temporaryStore(t, { stringify: () => 5, parse: String });
    const calls = {
      edit: () => store.editItem('a', () => 1),
      'later edit': () => store.editItem('a', async () => 1),
      edits: () => store.editItems(['a'], () => [['b', 1]]),
      'later edits': () => store.editItems(['a'], async () => 1),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await errorOf(`awaits the ${name}`, call);
      assert.match(error.code, /^ERR_PERSIST_LOCK_INVALID_(VALUE|KEY)$/);
      assert.match(error.stack, /^TypeError: /);
      assert.match(error.stack, new RegExp(`\\bawaits the ${name}\\b`));
    }
  },
);

test('an error of ours that a callback passes on keeps its stack', async (t) => {
  const store = temporaryStore(t);
  const missing = new PersistLock(path.join(temporaryFolder(t), 'none'), { readOnly: true });
  const error = await errorOf('reads', () => missing.getItem('a'));
  const { stack } = error;
  const pass = () => {
    throw error;
  };
  for (const edit of [pass, async () => pass()]) {
    assert.equal(await errorOf('edits', () => store.editItem('a', edit)), error);
    assert.equal(error.stack, stack);
  }
});

test('an abort rejects with the very reason, unchanged', async (t) => {
  const store = temporaryStore(t);
  const callback = held();
  const edit = store.editItem('a', callback);
  await callback.begun();
  const controller = new AbortController();
  const reason = new Error('mine');
  const { stack } = reason;
  const { signal } = controller;
  const waiting = errorOf('waits', () => store.editItem('a', () => 1, { signal }));
  await immediate();
  controller.abort(reason);
  assert.equal(await waiting, reason);
  assert.equal(reason.stack, stack);
  callback.finish(1);
  await edit;
});

test('each of several calls that fail together shows its own caller', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const store = new PersistLock(file);
  const names = ['first caller', 'second caller'];
  const errors = await Promise.all(
    names.map((name) => errorOf(name, () => store.editItem('a', () => 1))),
  );
  for (const [at, error] of errors.entries()) {
    assert.ok(error instanceof PersistLock.PersistLockError);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_INVALID_DIR');
    assert.equal(error.path, file);
    assert.match(error.stack, new RegExp(names[at]));
    assert.doesNotMatch(error.stack, new RegExp(names[1 - at]));
  }
  // More of them than get a stack of their own.
  const many = await Promise.allSettled(Array.from({ length: 300 }, () => store.setItem('a', 1)));
  for (const { reason } of many) assert.equal(reason.code, 'ERR_PERSIST_LOCK_INVALID_DIR');
});

test(
  'a failed sync and a deadlock show the functions that await the call',
  { skip: skip || noStrace },
  async (t) => {
    const { stdout } = traced(
      temporaryFolder(t),
      ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
      {},
      `await store.setItem('a', 1);
    async function caller(call) {
      return await call();
    }
    const told = async (call) => {
      const { code, stack } = await caller(call).catch((error) => error);
      console.log(code, /\\bcaller\\b/.test(stack));
    };
    await told(() => store.setItem('a', 2));
    await store.editItem('a', async () => {
      await told(() => store.setItem('a', 1));
      return 1;
    });`,
    );
    assert.equal(stdout, 'ERR_PERSIST_LOCK_SYNC_FAILED true\nERR_PERSIST_LOCK_DEADLOCK true\n');
  },
);

test('reads, and the work of a store, show the functions that await them', { skip }, async (t) => {
  const store = new PersistLock(path.join(temporaryFolder(t), 'none'), { readOnly: true });
  const calls = {
    init: () => store.init(),
    get: () => store.getItem('a'),
    has: () => store.hasItem('a'),
    keys: () => store.keys(),
    length: () => store.length(),
    stats: () => store.stats(),
    backup: () => store.backup('none'),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await errorOf(`awaits ${name}`, call);
    assert.equal(error.code, 'ENOENT');
    assert.match(error.stack, new RegExp(`\\bawaits ${name}\\b`), error.stack);
  }
});
