'use strict';

// Blocking calls while other processes and threads have the locks.

const assert = require('node:assert/strict');
const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { seeded, TIMES } = require('../support/random');
const { start } = require('../support/processes');
const { noCleanup } = require('../support/runtime');
const { cannotSeeStop, resume, stop, stoppedInTurn } = require('../support/stopping');
const { leaveNothing } = require('../support/stores');
const { leaseOf } = require('../support/store-files');
const { held, until } = require('../support/waiting');

const root = path.join(__dirname, '..', '..');
/** Most tests look into /proc for a wait or for a stopped process. */
const skip = cannotSeeStop;

/** Tells if a thread waits for the lock of a store's file. */
function isWaitedFor(folder, ...names) {
  const file = path.join(folder, '.persist-lock', ...names);
  if (!fs.existsSync(file)) return false;
  const { ino } = fs.statSync(file);
  const locks = fs.readFileSync('/proc/locks', 'utf8').split('\n');
  return locks.some((line) => line.includes('->') && line.includes(`:${ino} `));
}

/** Starts a process that leases item `a` and does not end the lease. */
async function holder(t, folder) {
  const actor = startActor(t, folder);
  await actor.hold('holdEdit', 'a').begun;
  return actor;
}

/** Starts a program that has `PersistLock` and `folder`. */
function startCode(t, folder, code, ...args) {
  const file = path.join(temporaryFolder(t), 'program.js');
  const beginning = `const PersistLock = require(${JSON.stringify(root)});
    const folder = ${JSON.stringify(folder)};`;
  fs.writeFileSync(file, `${beginning} ${code}`);
  const child = fork(file, args);
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('a blocking call waits for the writer lock until its time limit', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const stopped = await stoppedInTurn(t, folder);
  const store = new PersistLock(folder, { lockTimeout: 50 });
  const expected = {
    code: 'ERR_PERSIST_LOCK_TIMEOUT',
    message: new RegExp(`Process ${stopped.pid} has held it since`),
  };
  assert.throws(() => store.setItemSync('b', 1), { ...expected, key: 'b' });
  const edit = () => assert.fail('the lock was not free');
  assert.throws(() => store.editItemSync('b', edit, { timeout: 1 }), expected);
  assert.throws(() => store.clearSync(), expected);
  // The wait that was given up does not keep the lock.
  resume(stopped);
  await stopped.ended;
  store.setItemSync('b', 2);
  assert.deepEqual(store.entriesSync(), [
    ['a', 'set'],
    ['b', 2],
  ]);
  await leaveNothing(folder, store);
});

test('a deadlock is seen although another process has the writer lock', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  const edit = held();
  const editing = store.editItem('b', edit);
  await edit.begun();
  await store.setItem('c', 1);
  const stopped = await stoppedInTurn(t, folder);
  assert.throws(() => store.setItemSync('b', 1), { code: 'ERR_PERSIST_LOCK_DEADLOCK' });
  resume(stopped);
  edit.finish('edited');
  assert.equal(await editing, 'edited');
  await stopped.ended;
  await leaveNothing(folder, store);
});

for (const [signal, entries] of [
  ['SIGCONT', { a: 'set', b: 'blocking' }],
  ['SIGKILL', { b: 'blocking' }],
]) {
  test(`a blocking call gets the writer lock after ${signal}`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder);
    await store.init();
    const actor = startActor(t, folder, { lockTimeout: 600_000 });
    await actor.call('get', 'a');
    const stopped = await stoppedInTurn(t, folder);
    const appended = actor.call('appendSync', 'b', 'blocking');
    await until(() => isWaitedFor(folder, 'writer.lock'));
    stopped.kill(signal);
    assert.equal(await appended, 'blocking');
    await stopped.ended;
    await actor.call('close');
    assert.deepEqual(Object.fromEntries(store.entriesSync()), entries);
    await leaveNothing(folder, store);
  });
}

test(
  'a blocking call joins the wait of an awaited one, and each runs once, in order',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const actor = startActor(t, folder, { lockTimeout: 600_000 });
    await actor.call('get', 'a');
    const stopped = await stoppedInTurn(t, folder);
    const appending = actor.hold('appendAfter', 'b', 'awaited ', 'blocking', 600_000);
    await appending.begun;
    await until(() => isWaitedFor(folder, 'writer.lock'));
    resume(stopped);
    const expected = { result: 'awaited blocking', status: 'fulfilled', runs: 1 };
    assert.deepEqual(await appending.promise, expected);
    // The turn that waited became that of the blocking call. Awaited calls have turns again.
    await actor.call('set', 'c', 1);
    await actor.call('close');
  },
);

test('a time limit that ends while a blocking call waits is kept once', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const actor = startActor(t, folder, { lockTimeout: 600_000 });
  await actor.call('get', 'a');
  const stopped = await stoppedInTurn(t, folder);
  const appending = actor.hold('appendAfter', 'b', 'awaited ', 'blocking', 1);
  await appending.begun;
  await until(() => isWaitedFor(folder, 'writer.lock'));
  resume(stopped);
  const { result, status, runs } = await appending.promise;
  const inTime = { result: 'awaited blocking', status: 'fulfilled', runs: 1 };
  const late = { result: 'blocking', status: 'rejected', runs: 0 };
  assert.deepEqual({ result, status, runs }, runs === 1 ? inTime : late);
  await actor.call('close');
});

test(
  'a blocking call waits for the lease of another process until its time limit',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const child = await holder(t, folder);
    const store = new PersistLock(folder, { lockTimeout: 50 });
    const expected = {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message: new RegExp(`Process ${child.pid} has held it since`),
    };
    assert.throws(() => store.setItemSync('a', 1), { ...expected, key: 'a' });
    assert.throws(() => store.editItemsSync(['b', 'a'], () => assert.fail()), expected);
    assert.throws(() => store.clearSync(), expected);
    assert.equal(
      store.editItemSync('b', () => 'free'),
      'free',
    );
    child.kill('SIGKILL');
    await child.ended;
    store.setItemSync('a', 2);
    store.clearSync();
    await leaveNothing(folder, store);
  },
);

for (const call of [['appendSync', 'a', 'blocking'], ['clearSync']]) {
  test(`${call[0]} goes on when the process that leases an item is killed`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    const child = await holder(t, folder);
    const actor = startActor(t, folder, { lockTimeout: 600_000 });
    const appended = actor.call(...call);
    await until(() => isWaitedFor(folder, 'leases', leaseOf('a')));
    const store = new PersistLock(folder);
    store.setItemSync('b', 'not held up');
    child.kill('SIGKILL');
    await appended;
    const expected = call[0] === 'clearSync' ? {} : { b: 'not held up', a: 'blocking' };
    assert.deepEqual(Object.fromEntries(store.entriesSync()), expected);
    await actor.call('close');
    await leaveNothing(folder, store);
  });
}

test(
  'a stopped process that waits for an item holds no blocking call up for ever',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const [first, waiting] = [1, 2].map(() => startActor(t, folder));
    const holding = first.hold('holdEdit', 'a');
    await holding.begun;
    waiting.call('append', 'a', 'never').catch(() => {});
    await until(() => isWaitedFor(folder, 'leases', leaseOf('a')));
    // The wait begins in a turn, which must have ended: nobody gets past a stopped turn.
    await first.call('append', 'b', 'next turn');
    stop(waiting);
    const actor = startActor(t, folder, { lockTimeout: 600_000 });
    const appended = actor.call('appendSync', 'a', ' blocking');
    const gate = leaseOf('a').replace('lease', 'gate');
    await until(() => isWaitedFor(folder, 'leases', gate));
    await holding.finish('edited');
    assert.equal(await appended, 'edited blocking');
    waiting.kill('SIGKILL');
  },
);

test('a blocking call waits for an item that a worker leases', async (t) => {
  const folder = temporaryFolder(t);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const PersistLock = require(${JSON.stringify(root)});
    const store = new PersistLock(workerData);
    store.editItem('a', async () => {
      parentPort.postMessage('editing');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'worker';
    }).then(() => store.close());`;
  const worker = new Worker(code, { eval: true, workerData: folder });
  const exited = once(worker, 'exit');
  await once(worker, 'message');
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  await store.setItem('b', 1);
  assert.equal(
    store.editItemSync('a', (current) => `${current} and blocking`),
    'worker and blocking',
  );
  await exited;
  await leaveNothing(folder, store);
});

test('a worker that blocks can be terminated', { skip: skip || noCleanup }, async (t) => {
  const folder = temporaryFolder(t);
  const stopped = await stoppedInTurn(t, folder);
  const code = `
    const PersistLock = require(${JSON.stringify(root)});
    const store = new PersistLock(${JSON.stringify(folder)}, { lockTimeout: Infinity });
    store.setItemSync('b', 1);`;
  const worker = new Worker(code, { eval: true });
  await until(() => isWaitedFor(folder, 'writer.lock'));
  await worker.terminate();
  resume(stopped);
  await stopped.ended;
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  store.setItemSync('c', 1);
  assert.deepEqual(store.keysSync(), ['a', 'c']);
  await leaveNothing(folder, store);
});

test(
  'another instance of this thread that waits too holds no blocking call up',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const stores = [1, 2].map(() => new PersistLock(folder, { lockTimeout: Infinity }));
    for (const store of stores) await store.init();
    const actor = startActor(t, folder);
    const holding = actor.hold('holdEdit', 'a');
    await holding.begun;
    // Its thread has the gate, and its event loop will not take the item while this thread blocks.
    const waiting = stores[0].editItem('a', (current) => `${current}, awaited`);
    await until(() => isWaitedFor(folder, 'leases', leaseOf('a')));
    const ended = holding.finish('edited');
    const blocking = stores[1].editItemSync('a', (current) => `${current}, blocking`);
    assert.equal(blocking, 'edited, blocking');
    assert.equal(await waiting, 'edited, blocking, awaited');
    await ended;
    await actor.call('close');
    await leaveNothing(folder, ...stores);
  },
);

test('an awaited call does not overwrite a later blocking one, whatever is under way', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const edit = held();
  const moments = {
    'in the same tick': () => {},
    'in a microtask': () => null,
    'in the next tick': () => new Promise((resolve) => process.nextTick(resolve)),
    'while its sync is under way': () => new Promise((resolve) => setImmediate(resolve)),
    'after a hand-over': async () => {
      store.setItem('large', 'x'.repeat(100_000));
    },
    'after a turn that was cut short': async () => {
      store.editItem('slow', () => {
        for (const end = performance.now() + 3; performance.now() < end;);
        return 1;
      });
      for (let at = 0; at < 40; at++) store.editItem(`cut ${at}`, () => at);
      await new Promise((resolve) => process.nextTick(resolve));
    },
    'while a callback is pending': async () => {
      store.editItem('leased', edit);
      await edit.begun();
    },
  };
  for (const [moment, comes] of Object.entries(moments)) {
    const first = [store.setItem(moment, 'awaited'), store.editItem('count', (n = 0) => n + 1)];
    await comes();
    const second = store.setItem(moment, 'awaited too');
    store.setItemSync(moment, 'blocking');
    assert.equal(store.getItemSync(moment), 'blocking', moment);
    const third = store.setItem('after', moment);
    await Promise.all([...first, second, third]);
    assert.equal(await store.getItem(moment), 'blocking', moment);
    assert.equal(store.getItemSync('after'), moment);
  }
  edit.finish(1);
  assert.equal(
    store.editItemSync('count', (n) => n),
    Object.keys(moments).length,
  );
  await leaveNothing(folder, store);
});

test('a program of blocking calls alone leaves nothing that keeps it alive', async (t) => {
  const folder = temporaryFolder(t);
  const child = startCode(
    t,
    folder,
    `const store = new PersistLock(folder);
    for (let at = 0; at < 20; at++) store.editItemSync('a', (n = 0) => n + 1);
    const active = process.getActiveResourcesInfo().filter((name) => name !== 'Pipe');
    process.send(active, () => process.disconnect());`,
  );
  const [[resources], [exit]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  assert.deepEqual([resources, exit], [[], 0]);
  const store = new PersistLock(folder);
  assert.equal(store.getItemSync('a'), 20);
  await leaveNothing(folder, store);
});

/** Programs that end although the writer lock is never free, since no call of theirs needs it. */
const ENDING = {
  'a blocking call was given up': `
    assert.throws(() => store.setItemSync('b', 1), timeout);`,
  'a blocking call was given up, and the store closed': `
    assert.throws(() => store.setItemSync('b', 1), timeout);
    store.closeSync();`,
  'an awaited call was given up, and the store closed': `
    store.setItem('b', 1).catch(({ code }) => {
      assert.equal(code, timeout.code);
      store.closeSync();
    });`,
};

for (const [title, code] of Object.entries(ENDING)) {
  test(`a program ends while the lock is held: ${title}`, { skip, timeout: 60_000 }, async (t) => {
    const folder = temporaryFolder(t);
    const stopped = await stoppedInTurn(t, folder);
    const child = startCode(
      t,
      folder,
      `const assert = require('node:assert');
      const store = new PersistLock(folder, { lockTimeout: 50 }).initSync();
      const timeout = { code: 'ERR_PERSIST_LOCK_TIMEOUT' };
      process.disconnect();
      ${code}`,
    );
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    resume(stopped);
    await stopped.ended;
  });
}

test(
  'a turn that a blocking call has made unnecessary does not wait for the lock',
  { skip, timeout: 60_000 },
  async (t) => {
    const folder = temporaryFolder(t);
    const marker = path.join(temporaryFolder(t), 'held');
    const child = startCode(
      t,
      folder,
      `const fs = require('node:fs');
      const store = new PersistLock(folder);
      const set = store.setItem('b', 1);
      // After the store's own tick, in which a thread begins to open the store.
      process.nextTick(() => {
        store.setItemSync('b', 2);
        process.send('set');
        while (!fs.existsSync(process.argv[2]));
        set.then(() => process.disconnect());
      });`,
      marker,
    );
    await once(child, 'message');
    const stopped = await stoppedInTurn(t, folder);
    fs.writeFileSync(marker, '');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    resume(stopped);
    await stopped.ended;
  },
);

test('processes and workers that make both kinds of calls lose no update', async (t) => {
  const { below } = seeded(t);
  const folder = temporaryFolder(t);
  const args = () => [folder, below(2 ** 32), 150 * TIMES];
  const program = path.join(__dirname, '..', 'support', 'programs', 'both-kinds.js');
  const children = [1, 2, 3].map(() => start('both-kinds.js', ...args()));
  for (const child of children) t.after(() => child.kill('SIGKILL'));
  const workers = [1, 2].map(() => new Worker(program, { workerData: args() }));
  const counts = await Promise.all([...children, ...workers].map((each) => once(each, 'message')));
  await Promise.all(children.map(({ ended }) => ended));
  const sums = { a: 0, b: 0, c: 0 };
  for (const [count] of counts) for (const key of Object.keys(sums)) sums[key] += count[key];
  const store = new PersistLock(folder);
  const items = Object.fromEntries(store.entriesSync());
  assert.deepEqual({ a: items.a, b: items.b, c: items.c }, sums);
  await leaveNothing(folder, store);
});

test('what a blocking call has stored outlives a kill', async (t) => {
  const folder = temporaryFolder(t);
  for (const durability of ['disk', 'os']) {
    const file = path.join(folder, durability);
    const notes = () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : []);
    const child = startCode(
      t,
      folder,
      `const fs = require('node:fs');
      const [durability, file] = process.argv.slice(2);
      const store = new PersistLock(folder, { durability });
      const notes = fs.openSync(file, 'w');
      for (;;) fs.writeSync(notes, store.editItemSync('a', (n = 0) => n + 1) + '\\n');`,
      durability,
      file,
    );
    const exited = once(child, 'exit');
    await until(() => notes().length > 50);
    child.kill('SIGKILL');
    await exited;
    const noted = Number(notes().at(-2));
    const store = new PersistLock(folder);
    const stored = store.getItemSync('a');
    assert.ok(stored === noted || stored === noted + 1, `${stored} after ${noted}`);
    await leaveNothing(folder, store);
  }
});
