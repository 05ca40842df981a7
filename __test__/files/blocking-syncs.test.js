'use strict';

// The syncs of blocking calls, traced by strace, which also makes them fail. Skipped without strace.

const assert = require('node:assert/strict');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { skip, traced } = require('../support/strace');

const SCRIPT = `store.initSync();
  for (let i = 1; i <= 5; i++) {
    store.setItem('awaited', i).then(() => fs.writeSync(1, 'resolved'));
    store.setItemSync('a', i);
    fs.writeSync(1, 'returned');
    await null;
  }`;

/** Lists the steps of the script: commits, syncs, ends of calls. */
function stepsOf(t, durability) {
  const trace = ['-e', 'trace=pwrite64,fdatasync,write'];
  const { calls } = traced(temporaryFolder(t), trace, { durability }, SCRIPT);
  return calls.flatMap((call) => {
    if (call.startsWith('pwrite64(') && call.includes('"{\\"key\\":')) return 'commit';
    if (/fdatasync.* = 0$/.test(call)) return 'sync';
    return /^write\(1, "(resolved|returned)/.exec(call)?.[1] ?? [];
  });
}

test(
  'a blocking call returns after one sync, which serves the calls before it too',
  { skip },
  (t) => {
    const steps = stepsOf(t, 'disk');
    const first = steps.indexOf('commit');
    const round = ['commit', 'sync', 'returned', 'resolved'];
    assert.deepEqual(steps.slice(first, first + 20), Array(5).fill(round).flat());
  },
);

test('with durability os a blocking call does not sync', { skip }, (t) => {
  const steps = stepsOf(t, 'os');
  const last = steps.lastIndexOf('returned');
  assert.deepEqual(steps.slice(steps.indexOf('commit'), last).includes('sync'), false);
});

test(
  'a failed sync fails the blocking call and the calls before it, and the next call is stored',
  { skip },
  (t) => {
    const { stdout } = traced(
      temporaryFolder(t),
      ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2'],
      {},
      `store.setItemSync('a', 'before');
    const awaited = told(store.setItem('a', 'awaited'));
    let code;
    try {
      store.setItemSync('a', 'failed');
    } catch (error) {
      code = error.code;
    }
    store.setItemSync('b', 'after');
    show([code, await awaited, store.getItemSync('b')]);
    store.closeSync();`,
    );
    const failed = 'ERR_PERSIST_LOCK_SYNC_FAILED';
    assert.equal(stdout, `${JSON.stringify([failed, failed, 'after'])}\n`);
  },
);
