'use strict';

// The paths and URLs by which users name a folder or a file.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { onWindows } = require('../support/system');

/** A URL of another class, as a test runner's or jsdom's realm has it. */
function foreignURL(url) {
  const { href, protocol } = url;
  return vm.runInNewContext('({ href, protocol })', { href, protocol });
}

test('a file: URL names the folder of a store and the file of a backup', async (t) => {
  // Windows has no names with a question mark.
  const [name, encoded] = onWindows
    ? ['größe 100%#', 'gr%C3%B6%C3%9Fe%20100%25%23']
    : ['größe 100%#?', 'gr%C3%B6%C3%9Fe%20100%25%23%3F'];
  const folder = path.join(temporaryFolder(t), name);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const base = pathToFileURL(path.join(folder, 'program.mjs')).href;
  for (const relative of ['.', './', `../${encoded}`]) {
    for (const url of [new URL(relative, base), foreignURL(new URL(relative, base))]) {
      const other = new PersistLock(url);
      assert.equal(await other.getItem('a'), 1);
      await other.close();
    }
  }
  await store.backup(new URL('./backup', base));
  const backup = new PersistLock(new URL('./backup', base), { readOnly: true });
  assert.equal(await backup.getItem('a'), 1);
  await backup.close();
  await store.close();
  assert.deepEqual(fs.readdirSync(folder).sort(), ['.persist-lock', 'backup']);
});

/** Arguments that name no path, with the end of the message. */
const WRONG = [
  [5, 'a path or a file: URL. Received 5'],
  ['', `a path that is not empty; "." is the working directory. Received ''`],
  ['a\0', String.raw`a path without null bytes. Received 'a\x00'`],
  [{ href: 'a' }, `a path or a file: URL. Received { href: 'a' }`],
  [new URL('https://x.org/a'), `a path or a file: URL. Received 'https://x.org/a'`],
  [
    new URL('file:///a/b?c'),
    `a URL without query and fragment; write ? as %3F and # as %23. Received 'file:///a/b?c'`,
  ],
  [
    new URL('file:///a#b'),
    `a URL without query and fragment; write ? as %3F and # as %23. Received 'file:///a#b'`,
  ],
  [new URL('file:///a%2Fb'), `a file: URL of a path on this machine. Received 'file:///a%2Fb'`],
];

test('an argument that names no path is refused', async (t) => {
  const store = new PersistLock(temporaryFolder(t));
  t.after(() => store.close());
  const texts = ['file:///a', 'file:a', 'FILE:///a'];
  for (const [given, ending] of WRONG) {
    const wrong = (name, code) => ({
      name: 'TypeError',
      code: `ERR_PERSIST_LOCK_${code}`,
      message: `The "${name}" argument must be ${ending}`,
    });
    assert.throws(() => new PersistLock(given), wrong('dir', 'INVALID_DIR'));
    await assert.rejects(store.backup(given), wrong('file', 'INVALID_FILE'));
  }
  for (const text of texts) {
    assert.throws(() => new PersistLock(text), {
      code: 'ERR_PERSIST_LOCK_INVALID_DIR',
      message: `The "dir" argument must be a path or a URL: pass new URL(dir). Received '${text}'`,
    });
    await assert.rejects(store.backup(text), {
      code: 'ERR_PERSIST_LOCK_INVALID_FILE',
      message: `The "file" argument must be a path or a URL: pass new URL(file). Received '${text}'`,
    });
  }
});

test('the folder named .persist-lock is refused, in whatever way it is named', async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const names = [inner, `${inner}/`, `${inner}/.`, `${inner}/leases/..`, pathToFileURL(inner)];
  if (onWindows) names.push(path.join(folder, '.Persist-Lock'), `${inner}.`);
  for (const name of names) {
    for (const readOnly of [false, true]) {
      assert.throws(() => new PersistLock(name, { readOnly }), {
        name: 'TypeError',
        code: 'ERR_PERSIST_LOCK_INVALID_DIR',
        message: onWindows
          ? /^The "dir" argument must be the folder that \.persist-lock is in: /
          : `The "dir" argument must be the folder that .persist-lock is in: '${folder}'. Received '${inner}'`,
      });
    }
  }
  // A data file may be read where it is, as a backup may.
  const file = new PersistLock(path.join(inner, 'data.1.jsonl'), { readOnly: true });
  assert.equal(await file.getItem('a'), 1);
  await file.close();
  await store.close();
});
