'use strict';

// The texts of errors: what happened, to which key or file, and what to do next. The native side gives the facts, JavaScript adds
// what to do.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { command } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { currentFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');
const { noShell, onWindows } = require('../support/system');
const { timeoutError } = require('../../lib/errors');
const { fromNative } = require('../../lib/file/native-errors');
const { pasteable } = require('../../lib/pasteable');

test('a path is quoted where a shell would interpret it', { skip: noShell }, () => {
  for (const plain of ['/home/ann/data', 'C:x_1.2-3', '/größe/@a+b=c,d%~']) {
    assert.equal(pasteable(plain), plain);
  }
  assert.equal(pasteable('/My Files'), "'/My Files'");
  assert.equal(pasteable("/it's $HOME;"), String.raw`'/it'\''s $HOME;'`);
  assert.equal(pasteable('~ann'), "'~ann'");
  assert.equal(pasteable(''), "''");
});

test(
  'on Windows a path with other characters is put in double quotes',
  { skip: !onWindows && 'the shells of Windows are elsewhere' },
  () => {
    for (const plain of [String.raw`C:\Users\ann\data-1.2`, 'D:/größe/@a+b=c']) {
      assert.equal(pasteable(plain), plain);
    }
    assert.equal(pasteable(String.raw`C:\My Files`), String.raw`"C:\My Files"`);
    assert.equal(pasteable('%TEMP%'), '"%TEMP%"');
  },
);

test('a timeout tells as much of the holder as is known', () => {
  const call = { keys: ['a'], holdersAround: [], timeout: 5 };
  const since = new Date(0);
  const kinds = [{}, { isOwn: true }, { isClear: true }, { isCrowd: true }, { host: 'other' }];
  for (const kind of kinds) {
    const known = timeoutError(call, { pid: 1, since, ...kind });
    assert.match(known.message, / since 1970-01-01T00:00:00.000Z/);
    const { message, holder } = timeoutError(call, { pid: 1, since: undefined, ...kind });
    assert.doesNotMatch(message, /since|undefined/);
    assert.deepEqual([holder.pid, holder.since], [1, undefined]);
  }
  assert.match(timeoutError(call, undefined).message, /unknown/);
});

/** Rejects with the error of a read of a store whose second commit is damaged. */
async function readDamaged(t, name) {
  const folder = path.join(temporaryFolder(t), name);
  fs.mkdirSync(folder);
  const store = new PersistLock(folder);
  await store.setItem('a', 'first');
  await store.setItem('b', 'second');
  await store.close();
  const file = currentFile(folder);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('first', 'fir5t'));
  const damaged = new PersistLock(folder);
  t.after(() => damaged.close());
  const error = await damaged.getItem('a').catch((reason) => reason);
  return { error, folder, file };
}

test('damage is reported with the line and the repair command', async (t) => {
  for (const name of ['plain', "Ann's Files"]) {
    const { error, folder, file } = await readDamaged(t, name);
    assert.equal(error.code, 'ERR_PERSIST_LOCK_CORRUPT');
    assert.equal(error.path, file);
    const [fact, left, advice] = error.message.split('. ');
    assert.match(fact, /line 2: commit 1 is damaged/);
    assert.ok(fact.includes(file));
    assert.equal(left, 'The file is left unchanged');
    assert.ok(advice.endsWith(`npx persist-lock repair --dir ${pasteable(folder)}`), advice);
  }
});

test('the advice about a damaged backup works', async (t) => {
  const { folder, file } = await readDamaged(t, 'backup');
  const backup = path.join(folder, 'backup.jsonl');
  fs.copyFileSync(file, backup);
  const damaged = new PersistLock(backup, { readOnly: true });
  t.after(() => damaged.close());
  await assert.rejects(damaged.getItem('a'), {
    code: 'ERR_PERSIST_LOCK_CORRUPT',
    message:
      /copy it to \.persist-lock\/data\.1\.jsonl in a new folder, and there run: npx persist-lock repair$/,
  });
  const copy = path.join(folder, 'new');
  fs.mkdirSync(path.join(copy, '.persist-lock'), { recursive: true });
  fs.copyFileSync(backup, path.join(copy, '.persist-lock', 'data.1.jsonl'));
  const { code } = await command(['repair'], { cwd: copy });
  assert.equal(code, 0);
});

/** Makes an error as the native side does. */
function native(code, message, details) {
  return Object.assign(new Error(message), { code, isPersistLockNative: true }, details);
}

test('each error of the native side says what to do, under the code that is documented', () => {
  const repairable = '/data';
  const cases = [
    ['CLOSED', 'CLOSED', /^The store is closed\. Make a new PersistLock/],
    ['CORRUPT', 'CORRUPT', /left unchanged\. .* npx persist-lock repair --dir \/data$/],
    ['FOREIGN', 'INVALID_DIR', /Move it away and try again$/],
    ['INTERNAL', 'INTERNAL', /Read the items before you try again, and report the fault$/],
    ['OVERWRITTEN', 'CORRUPT', /wait for its end.* npx persist-lock repair --dir \/data$/],
    ['READ_ONLY', 'READ_ONLY', /Open it without `readOnly` to write, edit or view$/],
    ['SYNC_FAILED', 'SYNC_FAILED', /read the item before you try again$/],
    ['UNKNOWN_VERSION', 'UNKNOWN_VERSION', /Install a newer version of persist-lock$/],
  ];
  for (const [code, shown, message] of cases) {
    const fact = 'the store is closed';
    const error = fromNative(native(`ERR_PERSIST_LOCK_${code}`, fact, { repairable }));
    assert.equal(error.code, `ERR_PERSIST_LOCK_${shown}`);
    assert.match(error.message, message);
    assert.match(error.message, /^The store is closed\. /);
    assert.equal(Object.hasOwn(error, 'cause'), false, 'it would repeat the message');
  }
});

test('a refusal of the system keeps its code and names the item', () => {
  const details = { errno: 13, kind: 'EACCES', path: '/data' };
  const fact = 'could not open /data: Permission denied';
  const refused = native('ERR_PERSIST_LOCK_IO', fact, details);
  assert.equal(fromNative(refused).code, 'EACCES');
  assert.equal(fromNative(refused).message, 'Could not open /data: Permission denied');
  const { message, key } = fromNative(refused, "it's");
  assert.equal(message, `Item "it's": ${fact}`);
  assert.equal(key, "it's");
  assert.equal(Object.hasOwn(fromNative(refused), 'cause'), false, 'it would repeat the message');
  const thread = native('ERR_PERSIST_LOCK_NO_THREAD', 'could not start a thread', details);
  assert.equal(fromNative(thread).code, 'EACCES');
  assert.match(fromNative(thread).message, /^Could not start a thread\. End some .* try again$/);
});

test('the cause is the refusal of the system, where the code does not name it', () => {
  const sync = native('ERR_PERSIST_LOCK_SYNC_FAILED', 'x', { errno: 5, kind: 'EIO' });
  const { code, errno, message } = fromNative(sync).cause;
  assert.deepEqual([code, errno, message], ['EIO', 5, 'EIO, error 5 of the system']);
  const unnamed = native('ERR_PERSIST_LOCK_IO', 'x', { errno: 60_000, kind: null });
  assert.equal(fromNative(unnamed).code, 'ERR_PERSIST_LOCK_IO');
  assert.equal(fromNative(unnamed).cause.message, 'error 60000 of the system');
  assert.equal(fromNative(unnamed).cause.code, undefined);
});

test('a holder on another machine is named with it', () => {
  const holder = { pid: 7, since: 0, host: 'elsewhere' };
  const waited = native('ERR_PERSIST_LOCK_TIMEOUT', 'waited 5 ms', { holder, timeout: 5 });
  const error = fromNative(waited);
  assert.deepEqual(error.holder, { pid: 7, since: new Date(0), host: 'elsewhere' });
  assert.equal(error.timeout, 5);
  const told = 'Process 7 on elsewhere has held it since 1970-01-01T00:00:00.000Z';
  assert.equal(error.message, `Waited 5 ms. ${told}`);
  const unknown = native('ERR_PERSIST_LOCK_TIMEOUT', 'waited 5 ms', { timeout: 5 });
  assert.equal(fromNative(unknown).message, 'Waited 5 ms. Its holder is unknown');
  assert.equal(Object.hasOwn(fromNative(unknown), 'holder'), false);
});

test('any error of a callback is passed on unchanged', () => {
  const errors = [new Error('mine'), Object.assign(new Error('mine'), { code: 'EACCES' }), 'text'];
  for (const error of [...errors, undefined, null, Object.create(null)]) {
    assert.equal(fromNative(error, 'a'), error);
  }
});

test('an error of a callback that looks like one of the native side settles its call', async (t) => {
  const store = temporaryStore(t);
  const odd = native('ERR_PERSIST_LOCK_IO', 'mine', { message: Symbol('mine') });
  const fail = () => {
    throw odd;
  };
  await assert.rejects(store.editItem('a', fail), (error) => error === odd);
  await assert.rejects(
    store.editItem('a', async () => fail()),
    (error) => error === odd,
  );
});

test('a wrong argument is named, with what was expected and received', async (t) => {
  const store = temporaryStore(t);
  const cases = [
    [
      () => store.setItem('a', 1, /^a/),
      'The options must be an object with any of ttl. Received /^a/',
    ],
    [
      () => new PersistLock('a', { durability: 'ram' }),
      `The "durability" option must be 'disk' or 'os'. Received 'ram'`,
    ],
    [
      () => new PersistLock('a', { mode: 755 }),
      'The "mode" option must be permissions from 0o600 to 0o777 with which the owner can read and write. Received 755, in octal 0o1363',
    ],
    [
      () => new PersistLock('a', { mode: '755' }),
      `The "mode" option must be permissions from 0o600 to 0o777 with which the owner can read and write. Received '755'`,
    ],
    [
      () => new PersistLock('a', { stringify: String }),
      'The "stringify" option needs the "parse" option: give both or none',
    ],
    [
      () => new PersistLock('a', { parse: String }),
      'The "parse" option needs the "stringify" option: give both or none',
    ],
    [() => store.getItem({}), 'A key must be a string or a finite number. Received {}'],
    [() => store.editItem('a', 5), 'The "edit" argument must be a function. Received 5'],
    [
      () => store.editItem('a', () => 1, { tll: 1 }),
      "There is no option 'tll'. The options are ttl, timeout, signal",
    ],
    [() => store.keys({ prefix: 1 }), 'The "prefix" option must be a string. Received 1'],
    [
      () => store.setItem('a', 1, { ttl: -5 }),
      'A ttl must end in the future, or be null for never. Received -5',
    ],
    [
      () => store.setItem('a', undefined),
      "Cannot store the value of item 'a': undefined has no JSON form",
    ],
    [
      () => store.editItems(['a'], () => [['b', 1]]),
      "The edit returned a value for 'b', which is not one of its keys",
    ],
  ];
  for (const [call, message] of cases) await assert.rejects(async () => call(), { message });
});

test('a missing store and a text that is no string are named', async (t) => {
  const folder = temporaryFolder(t);
  for (const dir of [folder, path.join(folder, 'none')]) {
    const reader = new PersistLock(dir, { readOnly: true });
    await assert.rejects(reader.init(), {
      code: 'ENOENT',
      path: path.join(dir, '.persist-lock'),
      message: `There is no store in ${dir}. Check the path. Only an instance without \`readOnly\` makes a store`,
    });
  }
  const odd = temporaryStore(t, { stringify: ({ length }) => length, parse: String });
  const message = "Cannot store the value of item 'a': `stringify` returned 3, which is no string";
  await assert.rejects(odd.setItem('a', 'abc'), { name: 'TypeError', key: 'a', message });
  await assert.rejects(
    odd.editItem('a', async () => 'abc'),
    { name: 'TypeError', key: 'a', message },
  );
});

test('a deadlock and a closed store say what to do', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.editItem('a', async () => {
    await assert.rejects(
      store.editItem('a', () => 1),
      {
        message:
          /^Deadlock: the callback you are in holds the lock of 'a'\. Use its argument, or `editItems` /,
      },
    );
    await assert.rejects(store.clear(), {
      message: /^Deadlock: the callback you are in holds a lock that this call needs\. /,
    });
    await assert.rejects(store.close(), { message: /^Deadlock: `close` would wait/ });
    assert.throws(() => store.closeSync(), { message: /^Deadlock: `closeSync` would wait/ });
    // A blocking call waits for no callback's promise: one of the thread cannot settle meanwhile.
    assert.throws(() => store.setItemSync('a', 1), {
      message:
        /^Deadlock: a callback of this thread whose promise is pending holds the lock of 'a'\. Use the call without `Sync` and await it, or /,
    });
    assert.throws(() => store.clearSync(), {
      message:
        /^Deadlock: a callback of this thread whose promise is pending holds a lock that this call needs\. /,
    });
    return 1;
  });
  await store.close();
  await assert.rejects(store.getItem('a'), {
    message: 'The store is closed. Make a new PersistLock to use it again',
  });
  const reader = new PersistLock(folder, { readOnly: true });
  t.after(() => reader.close());
  await assert.rejects(store.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await assert.rejects(reader.setItem('a', 1), {
    message: `The store in ${folder} is read-only. Open it without \`readOnly\` to write, edit or view`,
    path: folder,
  });
});
