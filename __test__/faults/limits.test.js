'use strict';

// Limits of the system on threads and descriptors: a call that needs one rejects with the system's code, leaves nothing, and works
// once there are some again. The process goes on.

const assert = require('node:assert/strict');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { otherModules } = require('../support/runtime');
const { noShell, notAs } = require('../support/system');

const root = path.resolve(__dirname, '..', '..');
/** A user without other processes, since the limit counts all processes of a user. */
const USER = 54_321;

function noLimits() {
  if (otherModules) return otherModules;
  if (process.platform !== 'linux') return 'needs the limits of Linux';
  if (spawnSync('prlimit', ['--version']).status !== 0) return 'needs prlimit';
  return notAs(USER);
}

/** Runs a script as another user. The script prints requests to limit its threads, and to hold the writer lock. */
async function run(t, script) {
  const folder = temporaryFolder(t);
  fs.chownSync(folder, USER, USER);
  const program = `
    const fs = require('node:fs');
    const readline = require('node:readline');
    const PersistLock = require(${JSON.stringify(root)});
    const folder = ${JSON.stringify(path.join(folder, 'store'))};
    const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const ask = async (what) => { fs.writeSync(1, what + '\\n'); await answers.next(); };
    const code = (promise) => promise.then(() => 'ok', (error) => error.code);
    // Threads that have nothing to do end after some time.
    const idle = async () => {
      const names = () => fs.readdirSync('/proc/self/task').map((id) => fs.readFileSync('/proc/self/task/' + id + '/comm', 'utf8'));
      while (names().some((name) => name.startsWith('persist-lock') || name.startsWith('tokio'))) await new Promise((resolve) => setTimeout(resolve, 100));
    };
    (async () => {
      const seen = [];
      const see = async (promise) => seen.push(await code(promise));
      ${script}
      console.log('seen ' + JSON.stringify(seen));
      process.exit();
    })();`;
  const child = spawn(process.execPath, ['-e', program], {
    uid: USER,
    gid: USER,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let holder;
  const answer = {
    'no threads': () => limit(child, 1),
    threads: () => limit(child, 4096),
    hold: async () => {
      const lock = path.join(folder, 'store', '.persist-lock', 'writer.lock');
      holder = spawn('flock', [lock, 'sh', '-c', 'echo locked; read end'], { stdio: 'pipe' });
      await once(holder.stdout, 'data');
    },
    free: async () => {
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
  let seen;
  const ended = once(child, 'exit');
  for await (const line of readline.createInterface({ input: child.stdout })) {
    if (line.startsWith('seen ')) seen = JSON.parse(line.slice(5));
    else {
      await answer[line]();
      child.stdin.write('\n');
    }
  }
  assert.deepEqual(await ended, [0, null]);
  return seen;
}

function limit({ pid }, threads) {
  // As that user: root's own processes are not counted.
  execFileSync('prlimit', ['--pid', pid, `--nproc=${threads}:`], { uid: USER, gid: USER });
}

const skip = noLimits();
const OPTIONS = { skip, timeout: 120_000 };

test('an opening that gets no thread rejects, and the next one succeeds', OPTIONS, async (t) => {
  const seen = await run(
    t,
    `const store = new PersistLock(folder);
    await ask('no threads');
    for (const call of [store.init(), store.setItem('a', 1), store.editItem('a', () => 1), store.keys()]) await see(call);
    await ask('threads');
    await see(store.setItem('a', 2));
    await see(store.close());`,
  );
  assert.deepEqual(seen, ['EAGAIN', 'EAGAIN', 'EAGAIN', 'EAGAIN', 'ok', 'ok']);
});

test(
  'a sync that gets no thread rejects, and the next one covers everything written',
  OPTIONS,
  async (t) => {
    const seen = await run(
      t,
      `const store = new PersistLock(folder);
    await store.setItem('a', 1);
    await idle();
    await ask('no threads');
    for (const call of [store.setItem('a', 2), store.editItem('a', async (a) => a + 1)]) await see(call);
    await see(store.compact());
    await see(store.backup(folder + '-backup'));
    await ask('threads');
    seen.push(await store.getItem('a'));
    await see(store.editItem('a', (a) => a + 1));
    await see(store.compact());
    seen.push(await store.getItem('a'));
    await see(store.close());`,
    );
    assert.deepEqual(seen, ['EAGAIN', 'EAGAIN', 'EAGAIN', 'EAGAIN', 3, 'ok', 'ok', 4, 'ok']);
  },
);

test('a wait that gets no thread rejects and leaves nothing', OPTIONS, async (t) => {
  const seen = await run(
    t,
    `const options = { lockTimeout: 60_000 };
    const store = new PersistLock(folder, options);
    const other = new PersistLock(folder, options);
    await store.setItem('a', 1);
    await other.setItem('a', 1);
    let finish;
    const held = other.editItem('key', () => new Promise((resolve) => (finish = resolve)));
    while (!finish) await new Promise(setImmediate);
    await idle();
    // For the writer lock, and then for a lease.
    await ask('hold');
    await ask('no threads');
    for (const call of [store.setItem('a', 2), store.editItem('a', async () => 3), store.clear()]) await see(call);
    await ask('threads');
    await ask('free');
    await see(store.setItem('a', 4));
    await idle();
    await ask('no threads');
    for (const call of [store.setItem('key', 2), store.viewItem('key', (a) => a), store.clear()]) await see(call);
    await ask('threads');
    seen.push(fs.readdirSync(folder + '/.persist-lock/leases').filter((name) => name.endsWith('.lease')).length);
    const late = store.editItem('key', (a) => a + 1);
    finish(7);
    await see(held);
    seen.push(await late);
    await see(store.clear());
    await see(store.close());
    await see(other.close());
    seen.push(fs.readdirSync(folder + '/.persist-lock/leases').length);`,
  );
  const failed = ['EAGAIN', 'EAGAIN', 'EAGAIN'];
  assert.deepEqual(seen, [...failed, 'ok', ...failed, 1, 'ok', 8, 'ok', 'ok', 'ok', 0]);
});

/** Runs a script in a process that may have few files open, which it can use up. */
async function withFewFiles(t, script) {
  const program = `
    const fs = require('node:fs');
    const PersistLock = require(${JSON.stringify(root)});
    const folder = ${JSON.stringify(temporaryFolder(t))};
    const open = [];
    const useUp = (left) => {
      try { for (;;) open.push(fs.openSync('/dev/null')); } catch { /* There are no more. */ }
      for (const file of open.splice(0, left)) fs.closeSync(file);
    };
    const giveBack = () => { for (const file of open.splice(0)) fs.closeSync(file); };
    const held = () => {
      const callback = () => { callback.begun?.(); return new Promise((resolve) => (callback.finish = resolve)); };
      return callback;
    };
    const code = (promise) => promise.then((value) => value ?? 'ok', (error) => error.code);
    (async () => { ${script} })();`;
  const shell = ['-c', 'ulimit -n 256 && exec "$0" -e "$1"', process.execPath, program];
  const child = spawn('sh', shell, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  await once(child, 'close');
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test(
  'a view whose lease failed does not release the lease of another view',
  { skip: otherModules || noShell },
  async (t) => {
    const seen = await withFewFiles(
      t,
      `const store = new PersistLock(folder);
    const other = new PersistLock(folder, { lockTimeout: 100 });
    await store.setItem('key', 1);
    await other.getItem('key');
    const first = held();
    first.begun = () => useUp(0);
    const failed = await code(store.viewItem('key', first));
    giveBack();
    const second = held();
    const view = store.viewItem('key', second);
    while (!second.finish) await new Promise(setImmediate);
    // The callback of the first goes on, and ends now.
    first.finish();
    await store.getItem('key');
    await new Promise(setImmediate);
    const edited = await code(other.setItem('key', 2));
    second.finish('seen');
    console.log(JSON.stringify([failed, edited, await view, await code(other.setItem('key', 3))]));`,
    );
    assert.deepEqual(seen, ['EMFILE', 'ERR_PERSIST_LOCK_TIMEOUT', 'seen', 'ok']);
  },
);

test(
  'several keys that cannot all be leased block no other call',
  { skip: otherModules || noShell },
  async (t) => {
    const seen = await withFewFiles(
      t,
      `const store = new PersistLock(folder);
    const other = new PersistLock(folder, { lockTimeout: 100 });
    const keys = ['a', 'b', 'c', 'd'];
    await store.editItem('x', async () => 1);
    await other.getItem('a');
    const seen = [];
    for (let left = 0; left < keys.length; left++) {
      const callback = held();
      callback.begun = () => useUp(left);
      seen.push(await code(store.editItems(keys, callback)));
      giveBack();
      // Its callback is still under way, but the keys are others'.
      for (const key of keys) seen.push(await code(other.setItem(key, left)));
      callback.finish([]);
    }
    console.log(JSON.stringify(seen));`,
    );
    const round = ['EMFILE', 'ok', 'ok', 'ok', 'ok'];
    assert.deepEqual(seen, [...round, ...round, ...round, ...round]);
  },
);

test('every function that JavaScript can call catches panics', () => {
  const folder = path.join(root, 'src', 'node');
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  let functions = 0;
  for (const file of [`${folder}.rs`, ...files]) {
    const text = fs.readFileSync(file, 'utf8');
    // The attribute and its function, past comments and other attributes.
    const exported =
      /#\[napi(\([^\]]*\))?\]\s*(?:(?:\/\/\/?[^\n]*|#\[[^\]]*\])\s*)*pub (fn|struct)[^\n]*/g;
    for (const [line, options = '', kind] of text.matchAll(exported)) {
      if (kind === 'struct') continue;
      functions++;
      assert.match(options, /\bcatch_unwind\b/, `${path.basename(file)}: ${line}`);
    }
    // Functions of Node-API itself.
    for (const [raw] of text.matchAll(/extern "C" fn \w+\([^]*?\n}/g))
      assert.match(raw, /caught\(/);
  }
  assert.ok(functions > 30);
});
