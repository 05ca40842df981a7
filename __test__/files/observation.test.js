'use strict';

// Messages of an instance on diagnostics channels.

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { PersistLock: Native } = require('../../lib/file/addon');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { currentFile, logLength } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const { onWindows } = require('../support/system');
const { held } = require('../support/waiting');
const { skip, traced } = require('../support/strace');

/** The messages of a channel about a folder, while the test runs. */
function messages(t, name, folder) {
  const heard = [];
  const listener = (message, channel) => {
    assert.equal(channel, `persist-lock:${name}`);
    if (message.dir === folder) heard.push(message);
  };
  diagnostics.subscribe(`persist-lock:${name}`, listener);
  t.after(() => diagnostics.unsubscribe(`persist-lock:${name}`, listener));
  return heard;
}

/** Checks a message's duration and returns the rest of it. */
function timed({ duration, ...rest }) {
  assert.ok(duration >= 0 && duration < 60_000, `${duration} ms`);
  return rest;
}

test('a commit is published with its changed items once other processes can see it', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const commits = messages(t, 'commit', folder);
  await Promise.all([store.setItem('a', 1), store.setItem(2, 2), store.editItem('a', () => 3)]);
  await store.removeItem('none');
  await store.removeItem('a');
  await store.editItems(['b', 'c'], () => [['b', 1]]);
  await assert.rejects(store.editItem('b', () => assert.fail('mine')));
  await Promise.all([store.clear(), store.setItem('d', 1)]);
  assert.deepEqual(commits, [
    { dir: folder, keys: ['a', '2'], cleared: false },
    { dir: folder, keys: ['a'], cleared: false },
    { dir: folder, keys: ['b'], cleared: false },
    { dir: folder, keys: ['d'], cleared: true },
  ]);

  const many = Array.from({ length: 300 }, (_, at) => `many:${at}`);
  await store.setItems(many.map((key) => [key, 1]));
  await store.removeItems({ prefix: 'many:' });
  assert.deepEqual(new Set(commits.at(-1).keys), new Set(many));

  const other = new PersistLock(folder);
  const lengths = [];
  const look = ({ dir }) => dir === folder && lengths.push(other.length());
  diagnostics.subscribe('persist-lock:commit', look);
  await Promise.all([store.setItem('e', 1), store.setItem('f', 1)]);
  diagnostics.unsubscribe('persist-lock:commit', look);
  assert.deepEqual(await Promise.all(lengths), [3]);
  await other.close();
  await store.close();
});

/** Calls a function with each message of a channel about a folder, until it returns true. */
function subscribe(t, name, folder, act) {
  const listener = (message) => {
    if (message.dir === folder && act(message)) stop();
  };
  const stop = () => diagnostics.unsubscribe(`persist-lock:${name}`, listener);
  diagnostics.subscribe(`persist-lock:${name}`, listener);
  t.after(stop);
}

test('a blocking call in a subscriber comes after the calls that the commit lets go on', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: 5000 });
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const waiting = store.editItem('a', (current) => `${current} waiting`);
  await store.setItem('b', 1);
  const results = [];
  subscribe(t, 'commit', folder, () => {
    // Noted first: the blocking call makes a commit, of which the subscriber is told too.
    results.push('told');
    if (results.length > 1) return true;
    results.push(store.editItemSync('a', (current) => `${current} blocking`));
    return false;
  });
  edit.finish('edited');
  assert.deepEqual(await Promise.all([editing, waiting]), ['edited', 'edited waiting']);
  assert.deepEqual(results, ['told', 'told', 'edited waiting blocking']);
  await store.close();
});

test('a call that was given up does not run in a blocking call of a subscriber', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: 5000 });
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const reason = new Error('mine');
  const controller = new AbortController();
  let hasRun = false;
  const mark = () => {
    hasRun = true;
    return 'never';
  };
  const aborted = store.editItem('a', mark, { signal: controller.signal });
  await store.setItem('b', 1);
  subscribe(t, 'wait', folder, ({ error }) => {
    assert.equal(error, reason);
    store.setItemSync('b', 'blocking');
    return true;
  });
  subscribe(t, 'commit', folder, () => {
    controller.abort(reason);
    return true;
  });
  edit.finish('edited');
  await assert.rejects(aborted, (error) => error === reason);
  await editing;
  assert.equal(hasRun, false);
  assert.deepEqual(Object.fromEntries(store.entriesSync()), { a: 'edited', b: 'blocking' });
  await store.close();
});

test('each sync is published with its duration', async (t) => {
  const folder = temporaryFolder(t);
  const syncs = messages(t, 'sync', folder);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.setItem('a', 2);
  assert.deepEqual(syncs.map(timed), Array(2).fill({ dir: folder, error: undefined }));
  await store.close();
});

test('a blocking call that changes nothing makes no sync, and none is counted or published', async (t) => {
  const folder = temporaryFolder(t);
  const syncs = messages(t, 'sync', folder);
  const store = new PersistLock(folder);
  store.setItemSync('a', 1);
  store.setItemSync('a', 2);
  assert.equal(store.removeItemSync('b'), false);
  assert.equal(
    store.editItemSync('b', (b) => b),
    undefined,
  );
  store.closeSync();
  assert.deepEqual(syncs.map(timed), Array(2).fill({ dir: folder, error: undefined }));
});

test('a failed sync is published with its error', { skip }, (t) => {
  const { stdout } = traced(
    temporaryFolder(t),
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=1'],
    {},
    `require('node:diagnostics_channel').subscribe('persist-lock:sync', ({ error }) => {
      show(error ? [error.name, error.code] : String(error));
    });
    await told(store.setItem('a', 1));
    // Strace fails the first sync of each thread, and the next one may run on another thread.
    while ((await told(store.setItem('a', 2))) !== 'ok');`,
  );
  assert.match(stdout, /^(\["PersistLockError","ERR_PERSIST_LOCK_SYNC_FAILED"\]\n)+"undefined"\n$/);
});

test('each wait is published with its keys, duration and outcome', async (t) => {
  const folder = temporaryFolder(t);
  const waits = messages(t, 'wait', folder);
  const store = new PersistLock(folder);
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'a');
  await holding.begun;
  await store.setItem('b', 1);
  const controller = new AbortController();
  const { signal } = controller;
  const late = store.editItem('a', () => assert.fail('runs'), { timeout: 20 });
  const error = await late.catch((reason) => reason);
  assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT');
  const aborted = store.viewItem('a', () => assert.fail('runs'), { signal });
  const waiting = [store.editItems(['b', 'a'], () => [['a', 1]]), store.clear()];
  await store.setItem('b', 1);
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await holding.finish('held');
  await Promise.all(waiting);
  const common = { dir: folder, shared: false, error: undefined };
  // A write may also have waited for the turn of the other process to end.
  const ofLeases = waits.filter(({ keys }) => keys?.join() !== 'b');
  // A clear may come before or after an edit that waits beside it.
  const clear = ofLeases.findIndex(({ keys }) => keys === null);
  ofLeases.push(...ofLeases.splice(clear, 1));
  assert.deepEqual(ofLeases.map(timed), [
    { ...common, keys: ['a'], error },
    { ...common, keys: ['a'], shared: true, error: signal.reason },
    { ...common, keys: ['b', 'a'] },
    { ...common, keys: null },
  ]);
  const stats = await store.stats();
  assert.equal(stats.waits, waits.length);
  const sum = waits.reduce((before, { duration }) => before + duration, 0);
  assert.ok(Math.abs(stats.waitTime - sum) < 1e-6);
  await store.close();
});

test('a subscriber that changes a message changes nothing else', async (t) => {
  const folder = temporaryFolder(t);
  const subscriber = ({ dir, keys }) => dir === folder && keys?.splice(0, keys.length, 'other');
  for (const name of ['wait', 'commit']) {
    diagnostics.subscribe(`persist-lock:${name}`, subscriber);
    t.after(() => diagnostics.unsubscribe(`persist-lock:${name}`, subscriber));
  }
  const store = new PersistLock(folder);
  const edit = held();
  const holding = store.editItem('a', edit);
  await edit.begun();
  const both = store.editItems(['a', 'b'], (items) => items.set('a', 2).set('b', 3));
  await store.setItem('c', 1);
  edit.finish(1);
  await holding;
  assert.deepEqual(
    await both,
    new Map([
      ['a', 2],
      ['b', 3],
    ]),
  );
  assert.deepEqual(await store.entries(), Object.entries({ a: 2, b: 3, c: 1 }));
  await store.close();
});

test('a wait for another call of the instance is published too', async (t) => {
  const folder = temporaryFolder(t);
  const waits = messages(t, 'wait', folder);
  const store = new PersistLock(folder);
  const edit = held();
  const edits = [store.editItem('a', edit), store.editItem('a', (a) => a + 1)];
  await edit.begun();
  await store.setItem('b', 1);
  edit.finish(1);
  await Promise.all(edits);
  assert.deepEqual(waits.map(timed), [
    { dir: folder, keys: ['a'], shared: false, error: undefined },
  ]);
  await store.close();
});

test('a wait for several locks is published once, from the first to the last', async (t) => {
  const folder = temporaryFolder(t);
  const waits = messages(t, 'wait', folder);
  const store = new PersistLock(folder);
  const [first, second] = [held(), held()];
  const ends = [store.editItem('a', first), store.editItem('b', second)];
  await first.begun();
  await second.begun();
  const both = store.editItems(['a', 'b'], () => undefined);
  await store.setItem('c', 1);
  const begun = performance.now();
  first.finish(undefined);
  await store.setItem('c', 2);
  await ends[0];
  await store.setItem('c', 3);
  const lasted = performance.now() - begun;
  second.finish(undefined);
  await Promise.all([...ends, both]);
  assert.deepEqual(
    waits.map(({ keys }) => keys),
    [['a', 'b']],
  );
  assert.ok(waits[0].duration > lasted, `${waits[0].duration} ms of ${lasted} ms`);
  await store.close();
});

test('a recovery is published with the bytes that were cut off and the file that has them', async (t) => {
  const folder = temporaryFolder(t);
  const recoveries = messages(t, 'recovery', folder);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  assert.deepEqual(recoveries, []);
  const file = currentFile(folder);
  const offset = fs.statSync(file).size;
  const torn = '{"key":"b","value":2}\n{"commit":2,"bytes":22}\n{"key":"c"';
  for (const [text, aside] of [
    ['{"key":"b"', null],
    [torn, path.join(folder, '.persist-lock', `cut.1.${offset}.1.jsonl`)],
  ]) {
    fs.appendFileSync(file, text);
    await store.removeItem('none');
    await store.removeItem('none');
    assert.deepEqual(recoveries, [{ dir: folder, file, offset, bytes: text.length, aside }]);
    recoveries.length = 0;
    if (aside) assert.equal(fs.readFileSync(aside, 'utf8'), text);
  }
  await store.close();
});

test('a compaction is published with the bytes saved, or with its error', async (t) => {
  const folder = temporaryFolder(t);
  const compactions = messages(t, 'compaction', folder);
  const store = new PersistLock(folder);
  for (let at = 0; at < 5; at++) await store.setItem('a', 'x'.repeat(1000));
  const before = logLength(currentFile(folder));
  await store.compact();
  const after = logLength(currentFile(folder));
  assert.deepEqual(compactions.map(timed), [{ dir: folder, before, after, error: undefined }]);

  // A background compaction, which no caller hears of otherwise.
  compactions.length = 0;
  const lock = path.join(folder, '.persist-lock', 'compact.lock');
  fs.unlinkSync(lock);
  fs.mkdirSync(lock);
  for (let at = 0; at < 5; at++) await store.setItem('a', 'x'.repeat(50_000));
  await store.close();
  const [{ error }] = compactions;
  const code = onWindows ? 'EACCES' : 'EISDIR';
  assert.deepEqual([error.name, error.code, error.path], ['PersistLockError', code, lock]);
});

test('no message is made without a subscriber', async (t) => {
  const store = temporaryStore(t);
  const asked = [];
  for (const name of ['cut', 'sizes']) {
    t.mock.method(Native.prototype, name, () => asked.push(name));
  }
  await store.setItem('a', 1);
  await store.compact();
  await store.setItem('a', 2);
  assert.deepEqual(asked, []);
});

test('a subscriber that throws does not fail the call', async (t) => {
  const script = `
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    process.on('uncaughtException', ({ message }) => console.log(message));
    require('node:diagnostics_channel').subscribe('persist-lock:commit', () => {
      throw new Error('of the listener');
    });
    new PersistLock().setItem('a', 1).then(() => console.log('stored'));`;
  const { stdout, stderr, code } = await runScript(['-e', script], { cwd: temporaryFolder(t) });
  const expected = { stdout: 'of the listener\nstored\n', stderr: '', code: 0 };
  assert.deepEqual({ stdout, stderr, code }, expected);
});
