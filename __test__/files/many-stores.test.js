'use strict';

// Many more stores in a process than it has descriptors for: those that are not used hold none.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { collected } = require('../support/processes');
const { seeded } = require('../support/random');
const { noShell } = require('../support/system');

const root = path.resolve(__dirname, '..', '..');
const STORES = 600;
const OPTIONS = { skip: noShell, timeout: 240_000 };

/** Starts Node in a process that may have 256 descriptors. */
function withFewFiles(...args) {
  const shell = ['-c', 'ulimit -n 256 && exec "$0" "$@"', process.execPath, ...args.map(String)];
  return spawn('sh', shell, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a script with an array of 600 stores; resolves with its output, parsed as JSON. */
async function run(t, script) {
  const program = `
    const fs = require('node:fs');
    const path = require('node:path');
    const PersistLock = require(${JSON.stringify(root)});
    const folder = ${JSON.stringify(temporaryFolder(t))};
    const make = (at, options) => new PersistLock(path.join(folder, String(at)), { durability: 'os', ...options });
    const stores = Array.from({ length: ${STORES} }, (_, at) => make(at));
    const count = () => fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').length : 0;
    const before = count();
    const show = (value) => console.log(JSON.stringify(value));
    (async () => { ${script} })();`;
  const { stdout, stderr, code } = await collected(withFewFiles('-e', program)).ended;
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return JSON.parse(stdout);
}

test('600 stores work in a process with 256 descriptors, and hold few', OPTIONS, async (t) => {
  const seen = await run(
    t,
    `await Promise.all(stores.map((store, at) => store.setItem('a', at)));
    const values = await Promise.all(stores.slice(0, 100).map((store) => store.editItem('a', async (a) => a + 1)));
    for (const store of stores.slice(100)) await store.editItem('a', (a) => a + 1);
    for (const store of stores) store.setItemSync('b', store.getItemSync('a'));
    const all = await Promise.all(stores.map((store) => store.getItem('b')));
    const held = count() - before;
    await Promise.all(stores.map((store) => store.close()));
    show({ values, all, held, left: count() - before });`,
  );
  assert.equal(seen.values.length, 100);
  assert.deepEqual(
    seen.all,
    Array.from({ length: STORES }, (_, at) => at + 1),
  );
  assert.ok(seen.held <= 110, `${seen.held} descriptors`);
  assert.ok(seen.left <= 2, `${seen.left} descriptors are left`);
});

test('durable sets of 600 stores at once succeed', OPTIONS, async (t) => {
  const values = await run(
    t,
    `const durable = stores.map((store, at) => make(at, { durability: 'disk' }));
    await Promise.all(durable.map((store, at) => store.setItem('a', at)));
    const values = await Promise.all(stores.map((store) => store.getItem('a')));
    await Promise.all(durable.map((store) => store.close()));
    show(values);`,
  );
  assert.deepEqual(
    values,
    Array.from({ length: STORES }, (_, at) => at),
  );
});

test(
  'stores that are in use beyond the limit fail with advice, and nothing is lost',
  OPTIONS,
  async (t) => {
    const { results, values, messages } = await run(
      t,
      `for (const store of stores) await store.setItem('a', 0);
    let finish;
    const until = new Promise((resolve) => (finish = resolve));
    const edits = stores.map((store) => store.editItem('a', async (a) => { await until; return a + 1; }));
    const told = Promise.allSettled(edits);
    // None succeeds before the end, so this is the first that fails.
    await Promise.race(edits.map((edit) => edit.catch(() => {})));
    finish();
    const ended = await told;
    const results = ended.map(({ status }) => status);
    const messages = [...new Set(ended.map(({ reason }) => reason && reason.code + ' ' + reason.message.replace(/^.*?\\. /, '')))];
    const values = [];
    for (const store of stores) values.push(await store.getItem('a'));
    await Promise.all(stores.map((store) => store.close()));
    show({ results, values, messages });`,
    );
    assert.deepEqual(
      values,
      results.map((status) => (status === 'fulfilled' ? 1 : 0)),
    );
    assert.ok(results.includes('fulfilled'));
    for (const message of messages.filter(Boolean)) {
      assert.match(message, /^EMFILE .*\(ulimit -n\)/);
    }
  },
);

test('a store at rest finds what others did to its files', OPTIONS, async (t) => {
  const folder = temporaryFolder(t);
  const seen = await run(
    t,
    `const place = ${JSON.stringify(folder)};
    const { rmSync, cpSync } = fs;
    const store = new PersistLock(place);
    await store.setItem('a', 1);
    const use = async () => { for (const other of stores.slice(0, 100)) await other.setItem('a', 1); };
    const other = new PersistLock(place);
    const seen = [];
    const see = async () => seen.push(await store.getItem('a'), await store.editItem('a', (a) => (a ?? 0) + 1));
    await use(); await other.setItem('a', 5); await use(); await see();
    await use(); await other.compact(); await use(); await see();
    await use(); await other.compact(); await other.setItem('a', 7); await other.compact(); await use(); await see();
    await use(); rmSync(path.join(place, '.persist-lock'), { recursive: true }); await see();
    await use(); rmSync(path.join(place, '.persist-lock'), { recursive: true }); await other.setItem('a', 9); await use(); await see();
    await store.close();
    await other.close();
    for (const store of stores) store.closeSync();
    show(seen);`,
  );
  assert.deepEqual(seen, [5, 6, 6, 7, 7, 8, null, 1, 9, 10]);
});

/** The beginning of a script: puts `store` to rest, once `use` is called, by calls of 100 others. */
const AT_REST = (folder) => `
  const place = ${JSON.stringify(folder)};
  const store = new PersistLock(place, { durability: 'os' });
  const other = new PersistLock(place, { durability: 'os', lockTimeout: 5000 });
  const use = async () => { for (let round = 0; round < 2; round++) for (const each of stores.slice(0, 100)) await each.setItem('a', 1); };
  await store.setItem('a', 1);
  await other.setItem('b', 1);`;

test('a callback that fails while its store rests ends its lock', OPTIONS, async (t) => {
  const seen = await run(
    t,
    `${AT_REST(temporaryFolder(t))}
    let fail;
    const until = new Promise((_, reject) => (fail = reject));
    const edit = new Promise((resolve) => {
      const told = store.editItem('a', () => { resolve(); return until; });
      told.catch(() => {});
    });
    await edit;
    await use();
    await other.compact();
    fail(new Error('of the callback'));
    await other.setItem('a', 5);
    show([await store.getItem('a'), await other.getItem('a')]);
    for (const each of [...stores, store, other]) each.closeSync();`,
  );
  assert.deepEqual(seen, [5, 5]);
});

test(
  'a store that rested while others rewrote its file is synced in the background',
  OPTIONS,
  async (t) => {
    const seen = await run(
      t,
      `${AT_REST(temporaryFolder(t))}
    const rewriteAtRest = async () => { await use(); await other.compact(); };
    await store.setItem('a', 2);
    await rewriteAtRest();
    // Longer than the store waits before such a sync.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await store.setItem('a', 3);
    await rewriteAtRest();
    await store.close();
    for (const each of [...stores, other]) each.closeSync();
    show(new PersistLock(place, { readOnly: true }).getItemSync('a'));`,
    );
    assert.equal(seen, 3);
  },
);

test('as many stores may be in use as there are descriptors for', OPTIONS, async (t) => {
  const folder = temporaryFolder(t);
  const program = `
    const PersistLock = require(${JSON.stringify(root)});
    const stores = Array.from({ length: ${STORES} }, (_, at) => new PersistLock(${JSON.stringify(folder)} + '/' + at, { durability: 'os' }));
    (async () => {
      for (const store of stores) {
        // A store with a watcher is in use.
        store.watch().next();
        await store.setItem('a', 1);
      }
      console.log('done');
      process.exit();
    })();`;
  const shell = ['-c', 'ulimit -n 4096 && exec "$0" -e "$1"', process.execPath, program];
  const child = spawn('sh', shell, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { stdout, stderr } = await collected(child).ended;
  assert.deepEqual({ stdout, stderr }, { stdout: 'done\n', stderr: '' });
});

test('stores that nobody holds are collected, without a request', OPTIONS, async (t) => {
  const collectedStores = await run(
    t,
    `let gone = 0;
    const registry = new FinalizationRegistry(() => gone++);
    for (let at = 0; at < 2000; at++) {
      const store = make(at % 100);
      registry.register(store);
      await store.getItem('a');
    }
    for (const store of stores) store.closeSync();
    show(gone);`,
  );
  assert.ok(collectedStores > 500, `${collectedStores} of 2000`);
});

test(
  'random calls of processes with few descriptors, one of which is killed, lose nothing',
  OPTIONS,
  async (t) => {
    const folder = temporaryFolder(t);
    const { below } = seeded(t);
    const start = (name, rounds) => {
      const program = path.join(__dirname, '..', 'support', 'programs', 'many-stores.js');
      const child = withFewFiles(program, folder, STORES, below(2 ** 32), name, rounds);
      const calls = new Map();
      let done = 0;
      readline.createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('> ')) calls.set(line.slice(2), false);
        if (line.startsWith('< ')) {
          calls.set(line.slice(2), true);
          if (++done === child.killedAfter) child.kill('SIGKILL');
        }
      });
      child.calls = calls;
      return child;
    };
    const killed = start('killed', 1000);
    killed.killedAfter = 20 + below(300);
    const children = [start('one', 25), start('two', 25), killed];
    const ended = await Promise.all(children.map((child) => collected(child).ended));
    assert.deepEqual(
      ended.map(({ code, signal, stderr }) => [code, signal, stderr]),
      [
        [0, null, ''],
        [0, null, ''],
        [null, 'SIGKILL', ''],
      ],
    );
    // For each store the counts, and for each key the values that it may have.
    const counts = Array.from({ length: STORES }, () => [0, 0]);
    const items = new Map();
    for (const { calls } of children) {
      for (const [text, isDone] of calls) {
        const { at, kind, key, value } = JSON.parse(text);
        if (kind.startsWith('count')) {
          counts[at][1]++;
          if (isDone) counts[at][0]++;
          continue;
        }
        const place = `${at}/${key}`;
        const after = kind === 'remove' ? undefined : value;
        items.set(place, isDone ? [after] : [...(items.get(place) ?? [undefined]), after]);
      }
    }
    for (let at = 0; at < STORES; at++) {
      const store = new PersistLock(path.join(folder, String(at)), { durability: 'os' });
      const count = store.getItemSync('count') ?? 0;
      const [least, most] = counts[at];
      assert.ok(least <= count && count <= most, `store ${at}: ${count}, not ${least} to ${most}`);
      for (const key of store.keysSync()) {
        if (key !== 'count') assert.ok(items.has(`${at}/${key}`), `store ${at}: ${key}`);
      }
      for (const name of ['one', 'two', 'killed']) {
        for (let number = 0; number < 3; number++) {
          const key = `${name} ${number}`;
          const allowed = items.get(`${at}/${key}`) ?? [undefined];
          assert.ok(allowed.includes(store.getItemSync(key)), `store ${at}: ${key}`);
        }
      }
      store.closeSync();
    }
  },
);
