'use strict';

// What can never get its lock rejects at once, however it is reached; what merely has to wait, waits.

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { callbackify, promisify } = require('node:util');
const { setImmediate: immediate, setTimeout: pause } = require('node:timers/promises');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { leaseFiles } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');
const { noStacks: skip, notNode } = require('../support/runtime');

const deadlock = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_DEADLOCK' };

/** Ways to come from a callback to a call. */
const WAYS = {
  directly: (call) => call(),
  'after an await': async (call) => {
    await immediate();
    return await call();
  },
  'through helpers': async (call) => {
    const deeper = async () => {
      await pause(1);
      return call();
    };
    return await (async () => await deeper())();
  },
  'in Promise.all': async (call) => {
    const [result] = await Promise.all([immediate().then(() => call()), pause(1)]);
    return result;
  },
  'in then': (call) => immediate().then(() => call()),
  'in Promise.allSettled': async (call) => {
    const [{ reason, value }] = await Promise.allSettled([pause(1).then(() => call())]);
    if (reason) throw reason;
    return value;
  },
  'in Promise.race': async (call) => Promise.race([call(), new Promise(() => {})]),
  'in finally': async (call) => {
    let result;
    await pause(1).finally(async () => (result = await call()));
    return result;
  },
  'from a timer': (call) =>
    new Promise((resolve, reject) => setTimeout(() => call().then(resolve, reject), 1)),
  'from a microtask': (call) =>
    new Promise((resolve, reject) => queueMicrotask(() => call().then(resolve, reject))),
  'after an event': async (call) => {
    const events = new EventEmitter();
    setTimeout(() => events.emit('go'), 1);
    await once(events, 'go');
    return call();
  },
  'from a callback of Node’s': (call) =>
    new Promise((resolve, reject) => fs.stat('.', () => call().then(resolve, reject))),
  'in a new Promise of an async function': (call) =>
    // eslint-disable-next-line no-async-promise-executor
    new Promise(async (resolve, reject) => {
      await null;
      call().then(resolve, reject);
    }),
  'in a thenable': async (call) => ({ then: (resolve, reject) => call().then(resolve, reject) }),
  'in an async generator': async (call) => {
    const steps = async function* () {
      yield 1;
      yield await call();
    };
    for await (const step of steps()) if (step !== 1) return step;
  },
  'in a loop': async (call) => {
    for await (const step of [1, 2]) if (step === 2) return call();
  },
};

for (const [way, reach] of Object.entries(WAYS)) {
  test(`inside an edit, its own key can never be had: ${way}`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    // Without a time limit: what is not seen would wait for ever.
    const store = new PersistLock(folder, { lockTimeout: Infinity });
    const other = new PersistLock(folder, { lockTimeout: Infinity });
    for (const inside of [store, other]) {
      const calls = {
        editItem: () => inside.editItem('a', () => 1),
        asyncEdit: () => inside.editItem('a', async () => 1),
        editItems: () => inside.editItems(['b', 'a'], () => []),
        setItem: () => inside.setItem('a', 1),
        updateItem: () => inside.updateItem('a', 1),
        removeItem: () => inside.removeItem('a'),
        viewItem: () => inside.viewItem('a', () => 1),
        clear: () => inside.clear(),
      };
      for (const [name, call] of Object.entries(calls)) {
        const edited = store.editItem('a', async () => {
          await assert.rejects(async () => reach(call), deadlock, name);
          return name;
        });
        assert.equal(await edited, name);
      }
    }
    const own = store.editItem('a', async () => {
      await assert.rejects(async () => reach(() => store.close()), deadlock);
      return 'closed later';
    });
    assert.equal(await own, 'closed later');
    await store.close();
    await other.close();
    assert.deepEqual(leaseFiles(folder), []);
  });
}

test(
  'inside an edit, other keys can be edited, and deeper down the outer one is known',
  { skip },
  async (t) => {
    const store = temporaryStore(t, { lockTimeout: Infinity });
    const result = await store.editItem('a', async () => {
      const inner = await store.editItem('b', async () => {
        await immediate();
        await store.setItem('c', 'set');
        await assert.rejects(
          store.editItem('a', () => 1),
          deadlock,
        );
        await assert.rejects(store.setItem('b', 1), deadlock);
        await assert.rejects(store.clear(), deadlock);
        return 'inner';
      });
      return [inner, await store.getItem('c'), await store.removeExpiredItems()];
    });
    assert.deepEqual(result, ['inner', 'set', 0]);
  },
);

test(
  'a view inside a view of its key shares the lock, though an edit waits between them',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const [store, other] = [1, 2].map(() => new PersistLock(folder, { lockTimeout: Infinity }));
    let begun;
    let goOn;
    const hasBegun = new Promise((resolve) => (begun = resolve));
    const isWaitedFor = new Promise((resolve) => (goOn = resolve));
    const viewing = store.viewItem('a', async () => {
      begun();
      await isWaitedFor;
      const inner = [];
      for (const inside of [store, other]) {
        inner.push(await inside.viewItem('a', async () => inside.viewItem('a', () => 'seen')));
        await assert.rejects(inside.setItem('a', 1), deadlock);
      }
      return inner;
    });
    await hasBegun;
    // They wait for the view, and every later view for them, but not what is called inside it.
    const edits = [other.editItem('a', () => 1), store.editItem('a', () => 2)];
    await store.setItem('b', 1);
    await other.setItem('b', 1);
    goOn();
    assert.deepEqual(await viewing, ['seen', 'seen']);
    await Promise.all(edits);
    await store.close();
    await other.close();
    assert.deepEqual(leaseFiles(folder), []);
  },
);

test('a call from a timer is not inside, though it may look so', async (t) => {
  const store = temporaryStore(t);
  let later;
  await store.editItem('a', async () => {
    later = new Promise((resolve, reject) => {
      setTimeout(() => store.setItem('a', 'later').then(resolve, reject), 1);
    });
    return 'edited';
  });
  await later;
  assert.equal(await store.getItem('a'), 'later');
});

test('when the outer call has settled its key can be had again', async (t) => {
  const store = temporaryStore(t);
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  let afterwards;
  await store.editItem('a', async () => {
    afterwards = (async () => {
      await gate;
      return store.editItem('a', (current) => `${current}, again`);
    })();
    return 'edited';
  });
  release();
  assert.equal(await afterwards, 'edited, again');
});

test('a synchronous edit may ask for more of its key, which comes after it', async (t) => {
  const store = temporaryStore(t);
  let nested;
  await store.editItem('a', () => {
    nested = store.editItem('a', (current) => `${current}, nested`);
    return 'edited';
  });
  assert.equal(await nested, 'edited, nested');
});

test('a program’s own way of making stacks is neither asked nor changed', { skip }, async (t) => {
  const store = temporaryStore(t);
  const before = Object.getOwnPropertyDescriptors(Error);
  const changes = [];
  for (const name of ['prepareStackTrace', 'stackTraceLimit']) {
    Object.defineProperty(Error, name, {
      configurable: true,
      get: () => (name === 'stackTraceLimit' ? 0 : () => 'of the user’s own'),
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
});

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
  test(`an Error that is ${how} fails no call, and hides no deadlock`, { skip }, async (t) => {
    const module = JSON.stringify(require.resolve('../..'));
    const program = `const PersistLock = require(${module}); ${freeze} ${FROZEN}`;
    const ran = await runScript([...args, '-e', program, temporaryFolder(t)]);
    const { stdout, ...ended } = ran;
    assert.deepEqual(ended, { stderr: '', code: 0, signal: null });
    assert.deepEqual(JSON.parse(stdout), expected);
  });
}

test('close() that a callback does not await closes the store when that has ended', async (t) => {
  const store = temporaryStore(t);
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const edited = store.editItem('a', async () => {
    await null;
    begin({ closed: store.close() });
    return pause(5, 'edited');
  });
  await (
    await begun
  ).closed;
  assert.equal(await edited, 'edited');

  const other = temporaryStore(t);
  const edit = held();
  const pending = other.editItem('a', edit);
  await edit.begun();
  // From outside it holds at once, whatever is pending.
  const closed = other.close();
  await assert.rejects(other.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  edit.finish(1);
  await pending;
  await closed;
});

/** Ways in which a callback waits for code that it has not begun, or that others may end for it; none is a deadlock. */
const INNOCENT = {
  'a call that nobody awaits': async (store) => {
    const inside = [];
    const edited = store.editItem('a', async () => {
      inside.push(store.updateItem('a', 'from the beginning'));
      await pause(5);
      inside.push(store.editItem('a', async (current) => `${current}, from later`));
      return 'edited';
    });
    assert.equal(await edited, 'edited');
    await Promise.all(inside);
    assert.equal(await store.getItem('a'), 'from the beginning, from later');
  },
  'a call that is awaited outside': async (store) => {
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    const edited = store.editItem('a', async () => {
      await null;
      begin({ cleared: store.clear() });
      return pause(10, 'edited');
    });
    await (
      await begun
    ).cleared;
    assert.equal(await edited, 'edited');
    assert.equal(await store.length(), 0);
  },
  'a job that was begun before, or an alternative': async (store) => {
    const job = (async () => {
      await pause(20);
      await store.setItem('a', 'job');
    })();
    const edited = store.editItem('a', async () => Promise.race([job, pause(40, 'edited')]));
    assert.equal(await edited, 'edited');
    await job;
    assert.equal(await store.getItem('a'), 'job');
  },
  'the same through a promise of its own': async (store) => {
    const job = (async () => {
      await pause(20);
      return store.editItem('a', async (current) => `${current}, job`);
    })();
    const edited = store.editItem('a', async () => {
      return new Promise((resolve, reject) => {
        job.then(resolve, reject);
        setTimeout(resolve, 40, 'edited');
      });
    });
    assert.equal(await edited, 'edited');
    assert.equal(await job, 'edited, job');
  },
  'the first of several jobs that were begun before': async (store) => {
    const jobs = [1, 2].map(async (at) => {
      await pause(10);
      return store.updateItem(`${at}`, 'job');
    });
    const edited = store.editItems(['1', '2'], async () =>
      Promise.any([...jobs, pause(30, [['1', 'edited']])]),
    );
    assert.deepEqual([...(await edited)], [['1', 'edited']]);
    await Promise.all(jobs);
    assert.equal(await store.getItem('1'), 'job');
  },
  'a queue of tasks whose loop was begun inside': async (store) => {
    const tasks = [];
    let loop;
    const run = async () => {
      while (tasks.length > 0) {
        const { task, resolve, reject } = tasks.shift();
        await task().then(resolve, reject);
      }
    };
    const add = (task) =>
      new Promise((resolve, reject) => {
        tasks.push({ task, resolve, reject });
        loop ??= run().finally(() => (loop = undefined));
      });
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    const edited = store.editItem('a', async () => {
      const own = add(async () => pause(10, 'edited'));
      begin();
      return own;
    });
    await begun;
    // From outside, and run by the loop after the callback's own task.
    const others = add(() => store.setItem('a', 'others'));
    assert.equal(await edited, 'edited');
    await others;
    assert.equal(await store.getItem('a'), 'others');
  },
  'an event that somebody else sends': async (store) => {
    const events = new EventEmitter();
    const others = (async () => {
      await once(events, 'go');
      events.emit('done', 'edited');
      await store.setItem('a', 'others');
    })();
    const edited = store.editItem('a', async () => {
      const done = once(events, 'done');
      events.emit('go');
      return (await done)[0];
    });
    assert.equal(await edited, 'edited');
    await others;
    assert.equal(await store.getItem('a'), 'others');
  },
};

for (const [what, run] of Object.entries(INNOCENT)) {
  test(`no false alarm: ${what}`, async (t) => {
    await run(temporaryStore(t, { lockTimeout: Infinity }));
  });
}

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

/** Deadlocks that V8's stack does not show: the time limit ends them, and its message says where the lock is. */
const MISSED = {
  'an await that a compiler has replaced': (call) =>
    awaiter(function* () {
      yield immediate();
      yield call();
    }),
  'a promise that two wait for': async (call) => {
    const promise = call();
    promise.catch(() => {});
    await promise;
  },
  'a promise that is awaited later': async (call) => {
    const promise = call();
    await pause(10);
    await promise;
  },
  'a function with a callback': (call) => promisify(callbackify(call))(),
};

for (const [what, reach] of Object.entries(MISSED)) {
  test(`what is not seen ends by its time limit, which says why: ${what}`, async (t) => {
    const store = temporaryStore(t, { lockTimeout: 30 });
    const edited = store.editItem('a', async () => {
      await reach(() => store.setItem('a', 1));
    });
    await assert.rejects(edited, {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message:
        /had it since .*this very process, in the callback that this call was made in\. Use the value/,
    });
  });
}

test('a time limit tells a lock of this process from one of its own callback', async (t) => {
  const store = temporaryStore(t, { lockTimeout: 20 });
  const edit = held();
  const edited = store.editItem('a', edit);
  await edit.begun();
  await assert.rejects(store.setItem('a', 1), {
    message: new RegExp(
      `Process ${process.pid} has had it since [^ ]+: it is held by this process$`,
    ),
  });
  edit.finish(1);
  await edited;
});

/** True if promises are followed at present, which slows each of them under Node 20 and 22. */
function arePromisesFollowed() {
  return Object.getOwnPropertySymbols(Promise.resolve()).length > 0;
}

test('promises are followed only while a callback is pending', { skip: notNode }, async (t) => {
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

/** Another copy of the package, as another version in `node_modules` is. */
function copyOfPackage(t) {
  const copy = path.join(temporaryFolder(t), 'persist-lock');
  const root = path.join(__dirname, '..', '..');
  const names = fs
    .readdirSync(root)
    .filter((name) => /^(lib|package\.json|.*\.js|.*\.node)$/.test(name));
  for (const name of names) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  return require(copy);
}

test('another copy of the package in the process is another’s', { skip }, async (t) => {
  const Copy = copyOfPackage(t);
  assert.notEqual(Copy, PersistLock);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  const theirs = new Copy(path.join(folder, 'theirs'), { lockTimeout: Infinity });
  // As many callbacks of each have begun, so that they may be numbered alike.
  for (const each of [store, theirs]) await each.editItem('a', async () => 1);
  const edit = held();
  const other = theirs.editItem('y', edit);
  await edit.begun();
  const edited = store.editItem('x', async () => {
    await null;
    const waiting = theirs.setItem('y', 'mine');
    edit.finish('other');
    await waiting;
    return 'edited';
  });
  assert.deepEqual([await other, await edited], ['other', 'edited']);
  assert.equal(await theirs.getItem('y'), 'mine');

  // What one sees the other does not: the time limit ends it.
  const copy = new Copy(folder, { lockTimeout: 20 });
  const crossed = store.editItem('x', async () => {
    await null;
    await assert.rejects(copy.setItem('x', 1), {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message: /it is held by this process$/,
    });
    return Copy.REMOVE;
  });
  assert.equal(await crossed, undefined);
  assert.equal(await store.hasItem('x'), false);
  for (const each of [store, theirs, copy]) await each.close();
});
