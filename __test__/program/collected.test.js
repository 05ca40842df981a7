'use strict';

// Instances that the program no longer refers to: they live while a call is pending, and are then collected with all they have.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { otherModules } = require('../support/runtime');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));

/** Runs a script that may collect garbage; resolves with its output, parsed as JSON. */
async function run(t, script) {
  const program = `
    const fs = require('node:fs');
    const hasProc = process.platform === 'linux';
    const { once } = require('node:events');
    const { spawn } = require('node:child_process');
    const PersistLock = require(${root});
    const folder = ${JSON.stringify(temporaryFolder(t))};
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const show = (value) => console.log(JSON.stringify(value));
    const alive = (stores) => stores.filter((store) => store.deref() !== undefined);
    // An object that is not collected after so many turns is still referred to.
    const collected = async (isDone, most = 200) => {
      // To look whether one is alive keeps it so until the event loop's next turn.
      for (let at = 0; at < most && !isDone(); at++) { await turn(); gc(); await turn(); }
      return isDone();
    };
    const locked = async (file) => {
      const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; read end'], { stdio: 'pipe' });
      await once(holder.stdout, 'data');
      return { release: () => holder.stdin.end() };
    };
    (async () => { ${script} })();`;
  const { stdout, stderr, code } = await runScript(['--expose-gc', '-e', program]);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return JSON.parse(stdout);
}

const skip = otherModules;
const noFlock = spawnSync('flock', ['--version']).error !== undefined && 'needs flock';

test(
  'instances dropped without close are collected, with their descriptors',
  { skip },
  async (t) => {
    const result = await run(
      t,
      `
    const stores = [];
    const use = async (at) => {
      const store = new PersistLock(folder, { readOnly: at % 10 === 9 });
      stores.push(new WeakRef(store));
      await store.getItem('a');
      await store.keys();
      for await (const entry of store) break;
      if (at % 10 === 9) return;
      await store.setItem('a', at);
      await store.editItem('a', async (a) => a + 1);
      await store.viewItem('a', (a) => a);
      await store.removeExpiredItems();
    };
    const count = () => fs.readdirSync('/proc/self/fd').length;
    await use(0);
    await collected(() => alive(stores).length === 0);
    const before = hasProc ? count() : 0;
    for (let at = 0; at < 50; at++) await use(at);
    await collected(() => alive(stores).length === 0);
    await collected(() => hasProc && count() <= before + 6, 50);
    show({ alive: alive(stores).length, more: hasProc ? count() - before : 0 });`,
    );
    assert.equal(result.alive, 0);
    assert.ok(result.more <= 6, `${result.more} more descriptors`);
  },
);

test(
  'an instance lives while a call of it is pending, and is collected afterwards',
  { skip: skip || noFlock },
  async (t) => {
    const result = await run(
      t,
      `
    const file = folder + '/.persist-lock/writer.lock';
    const first = new PersistLock(folder);
    await first.setItem('a', 0);
    await first.close();
    const lock = await locked(file);
    const stores = [];
    const calls = [];
    (() => {
      const store = new PersistLock(folder, { lockTimeout: Infinity });
      stores.push(new WeakRef(store));
      calls.push(store.setItem('a', 1));
    })();
    const isGone = await collected(() => alive(stores).length === 0, 20);
    lock.release();
    await calls[0];
    show([isGone, await collected(() => alive(stores).length === 0)]);`,
    );
    assert.deepEqual(result, [false, true]);
  },
);

test(
  'expired items are removed as long as the program refers to the instance',
  { skip },
  async (t) => {
    const result = await run(
      t,
      `
    const store = new PersistLock(folder, { expiredInterval: 1 });
    await store.setItem('a', 1, { ttl: 1 });
    const other = new PersistLock(folder, { expiredInterval: false });
    const isThere = () => fs.readFileSync(folder + '/.persist-lock/data.1.jsonl', 'utf8');
    while (!isThere().includes('"removed"')) { gc(); await turn(); await store.getItem('b'); }
    await store.close();
    await other.close();
    show('removed');`,
    );
    assert.equal(result, 'removed');
  },
);

test(
  'a signal that outlives many instances keeps none alive and has one listener while calls wait',
  { skip },
  async (t) => {
    const result = await run(
      t,
      `
    const { getEventListeners } = require('node:events');
    const controller = new AbortController();
    const { signal } = controller;
    const warnings = [];
    process.on('warning', ({ message }) => warnings.push(message));
    const stores = [];
    const use = async () => {
      const store = new PersistLock(folder, { durability: 'os' });
      stores.push(new WeakRef(store));
      await store.editItem('a', (a = 0) => a + 1, { signal });
      await store.viewItem('a', async (a) => a, { signal });
      await store.editItem('a', () => { throw new Error('no'); }, { signal }).catch(() => {});
      await store.close();
    };
    for (let at = 0; at < 21; at++) await use();
    const idle = getEventListeners(signal, 'abort').length;
    await collected(() => alive(stores).length === 0);
    // Many instances that wait at once.
    const waiting = Array.from({ length: 20 }, () => new PersistLock(folder));
    let end;
    const edit = waiting[0].editItem('a', () => new Promise((resolve) => (end = resolve)));
    while (!end) await turn();
    const calls = waiting.map((store) => store.editItem('a', () => 1, { signal }));
    const told = Promise.allSettled(calls);
    await waiting[1].setItem('b', 1);
    const busy = getEventListeners(signal, 'abort').length;
    controller.abort();
    const reasons = new Set((await told).map(({ reason }) => reason.name));
    end(2);
    await edit;
    await Promise.all(waiting.map((store) => store.close()));
    show({ idle, alive: alive(stores).length, busy, reasons: [...reasons], warnings });`,
    );
    const { alive, ...rest } = result;
    // The last one may still be on the stack.
    assert.ok(alive <= 1, `${alive} instances`);
    assert.deepEqual(rest, { idle: 0, busy: 1, reasons: ['AbortError'], warnings: [] });
  },
);

/** The states of a call, each with functions that make a call without references, and that end it. */
const PENDING = {
  'that waits for the writer lock': `
    const lock = await locked(file);
    make((store) => store.setItem('a', 1));
    end = () => lock.release();`,
  'whose callback has ended while others have the writer lock': `
    let finish;
    make((store) => store.editItem('a', () => new Promise((resolve) => (finish = resolve))));
    while (!finish) await turn();
    const lock = await locked(file);
    finish('done');
    end = () => lock.release();`,
  'whose callback has failed while others have the writer lock': `
    let fail;
    make((store) => store.editItem('a', () => new Promise((_, reject) => (fail = reject))).catch(() => 'failed'));
    while (!fail) await turn();
    const lock = await locked(file);
    fail(new Error('no'));
    end = () => lock.release();`,
  'whose callback is pending': `
    let finish;
    make((store) => store.editItem('a', () => new Promise((resolve) => (finish = resolve))));
    while (!finish) await turn();
    const kept = finish;
    end = () => kept('done');`,
  'that waits for another instance’s key': `
    const other = new PersistLock(folder);
    let finish;
    const edit = other.editItem('a', () => new Promise((resolve) => (finish = resolve)));
    while (!finish) await turn();
    make((store) => store.editItem('a', (a) => a + 1, { timeout: Infinity }));
    end = async () => { finish(1); await edit; await other.close(); };`,
  'that is a view of another instance’s key': `
    const other = new PersistLock(folder);
    let finish;
    const edit = other.editItem('a', () => new Promise((resolve) => (finish = resolve)));
    while (!finish) await turn();
    make((store) => store.viewItem('a', async (a) => a, { timeout: Infinity }));
    end = async () => { finish(1); await edit; await other.close(); };`,
  'that waits for its store to be opened': `
    fs.rmSync(folder + '/.persist-lock', { recursive: true });
    fs.mkdirSync(folder + '/.persist-lock');
    const lock = await locked(file);
    make((store) => store.setItem('a', 1));
    end = () => lock.release();`,
  'that lists many items': `
    make(async (store) => { let count = 0; for await (const entry of store) { count++; await turn(); } return count; });
    end = () => {};`,
  'that removes expired items': `
    make((store) => store.removeExpiredItems());
    end = () => {};`,
  'that compacts': `
    make((store) => store.compact());
    end = () => {};`,
};

for (const [state, script] of Object.entries(PENDING)) {
  for (const durability of ['disk', 'os']) {
    test(
      `a call ${state} ends though nobody holds its instance (${durability})`,
      { skip: skip || (script.includes('locked(') && noFlock), timeout: 120_000 },
      async (t) => {
        const result = await run(
          t,
          `
        const file = folder + '/.persist-lock/writer.lock';
        const first = new PersistLock(folder);
        for (let at = 0; at < 300; at++) first.setItem('key ' + at, at, { ttl: 3_600_000 });
        await first.close();
        let settled = false;
        let end;
        let call;
        let instance;
        const make = (use) => {
          const options = { durability: '${durability}', lockTimeout: Infinity, expiredInterval: false };
          const store = new PersistLock(folder, options);
          instance = new WeakRef(store);
          call = use(store).then(() => { settled = true; });
        };
        ${script}
        for (let at = 0; at < 100 && !settled; at++) { gc(); await turn(); }
        // Otherwise the drop-in would open a second store beside it, and its writes would be out of order.
        const isKept = settled || instance.deref() !== undefined;
        await end();
        // The pending call keeps the process alive, or this program would end without a word.
        const collecting = setInterval(gc, 1).unref();
        await call;
        clearInterval(collecting);
        const last = new PersistLock(folder);
        await last.getItem('a');
        await last.close();
        show({ settled, isKept });`,
        );
        assert.deepEqual(result, { settled: true, isKept: true });
      },
    );
  }
}
