'use strict';

// The command that prints changes.

const assert = require('node:assert/strict');
const readline = require('node:readline');
const test = require('node:test');
const { refuse, startCommand, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { onWindows } = require('../support/system');

/** Starts the command, and gives its lines one by one. */
function startWatch(t, folder, ...args) {
  const child = startCommand(['watch', '-d', folder, ...args]);
  t.after(() => child.kill('SIGKILL'));
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return Object.assign(child, { next: async () => (await lines.next()).value });
}

test('watch prints the items that are there and each change, until a signal ends it', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('a', 1.0);
    // In expressions of several lines, U+2028 ends a line too.
    await store.setItem('b', '}\n}\u2028}', { ttl: new Date(4e12) });
    for (const signal of ['SIGINT', 'SIGTERM']) {
      const watch = startWatch(t, folder, '--initial');
      const first = await watch.next();
      const { commit } = JSON.parse(first);
      assert.equal(first, `{"key":"a","value":1,"commit":${commit},"initial":true}`);
      const second = `{"key":"b","value":"}\\n}\u2028}","expires":4000000000000,"commit":${commit},"initial":true}`;
      assert.equal(await watch.next(), second);
      await store.setItem('c', [1]);
      assert.equal(await watch.next(), `{"key":"c","value":[1],"commit":${commit + 1}}`);
      await store.removeItem('c');
      assert.equal(await watch.next(), `{"key":"c","removed":true,"commit":${commit + 2}}`);
      watch.kill(signal);
      const { code, stderr } = await watch.ended;
      // Windows sends no signals: `kill` ends the process at once.
      assert.deepEqual({ code, stderr }, { code: onWindows ? null : 0, stderr: '' });
    }
  });
});

test('watch picks a key, a prefix, and the changes since a commit', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (const key of ['a', 'user:1', 'user:2', 'a']) await store.setItem(key, 0);
    const watches = [
      ['--key', 'a', '--since', '1'],
      ['--prefix', 'user:', '--since', '0'],
      ['--key', 'user:2', '--initial'],
      ['--key', 'none', '--initial'],
    ].map((args) => startWatch(t, folder, ...args));
    await store.setItem('none', 0);
    const told = await Promise.all(watches.map((watch) => watch.next()));
    assert.equal(told[0], '{"key":"a","value":0,"commit":4}');
    assert.equal(told[1], '{"key":"user:1","value":0,"commit":2}');
    // It may have begun before the last commit, or after it.
    assert.match(told[2], /^\{"key":"user:2","value":0,"commit":[45],"initial":true\}$/);
    assert.match(told[3], /^\{"key":"none","value":0,"commit":5(,"initial":true)?\}$/);
  });
});

test('watch ends quietly once nobody reads its output', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('a', 0);
    const watch = startWatch(t, folder, '--initial');
    await watch.next();
    watch.stdout.destroy();
    const ended = watch.ended.then(({ code, stderr }) => ({ code, stderr, isOver: true }));
    let end;
    while (!end?.isOver) {
      await store.setItem('a', 1);
      end = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    assert.deepEqual(end, { code: 0, stderr: '', isOver: true });
  });
});

test('watch refuses options that exclude each other, and a folder without a store', async (t) => {
  const folder = temporaryFolder(t);
  assert.match(await refuse(['watch', '--key', 'a', '--prefix', 'b']), /exclude each other/);
  assert.match(await refuse(['watch', '--initial', '--since', '1']), /exclude each other/);
  assert.match(await refuse(['watch', '--since', 'x']), /must be the number of a commit, not "x"/);
  assert.match(await refuse(['watch', '-d', folder]), /There is no store in/);
});
