'use strict';

// The writer lock during a turn, as another process sees it: held while callbacks run, and free after any end of theirs.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { PersistLock: Native } = require('../../lib/file/addon');
const { temporaryFolder } = require('../support/folders');
const { leaveNothing } = require('../support/stores');

const hasFlock = spawnSync('flock', ['--version']).error === undefined;
const options = { skip: !hasFlock && 'needs flock' };

/** Tells if another process can take the writer lock. */
function isFree(folder) {
  const file = path.join(folder, '.persist-lock', 'writer.lock');
  const { status } = spawnSync('flock', ['-n', '-E', '99', file, 'true']);
  assert.ok(status === 0 || status === 99, `flock ended with ${status}`);
  return status === 0;
}

test('the writer lock is held while the callback of an edit runs', options, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const seen = [];
  await store.editItem('a', () => {
    seen.push(isFree(folder));
    return 1;
  });
  await store.viewItem('a', () => seen.push(isFree(folder)));
  assert.deepEqual(seen, [false, false]);
  assert.ok(isFree(folder));
  await leaveNothing(folder, store);
});

test('the writer lock is free after a callback that threw', options, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const edit = store.editItem('a', () => {
    assert.ok(!isFree(folder));
    throw new Error('mine');
  });
  await assert.rejects(edit, { message: 'mine' });
  assert.ok(isFree(folder));
  await leaveNothing(folder, store);
});

test('the writer lock is free while the promise of a callback is pending', options, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  let resolve;
  const begun = new Promise((tell) => {
    const pending = new Promise((end) => (resolve = end));
    const edit = () => {
      tell();
      return pending;
    };
    store.editItem('a', edit);
  });
  await begun;
  // Its turn has ended, since another has.
  await store.setItem('b', 1);
  assert.ok(isFree(folder));
  resolve(1);
  await leaveNothing(folder, store);
});

test(
  'the writer lock is free after a refused line, which rejects its call alone',
  options,
  async (t) => {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { stringify: (value) => value, parse: (text) => text });
    await store.setItem('b', '"1"');
    // This finds the guilty one of refused lines.
    t.mock.method(Native.prototype, 'isItemLine', (line) => !line.includes('"a"'));
    const { withTurn } = Native.prototype;
    let refusals = 0;
    // No codec of the user's leads to a refused line today: so the native side is given one.
    t.mock.method(Native.prototype, 'withTurn', function (work, refused) {
      const spoilt = (...args) => {
        const answer = work(...args);
        // The lines of most turns are one text.
        return typeof answer === 'string' ? `${answer}\nno item line` : answer;
      };
      const counted = (error) => {
        assert.equal(error.code, 'ERR_PERSIST_LOCK_INVALID_ITEM');
        assert.ok(!isFree(folder), 'the calls are told under the lock');
        refusals++;
        return refused(error);
      };
      return withTurn.call(this, spoilt, counted);
    });
    const results = await Promise.allSettled([
      store.editItem('a', () => '"1"'),
      store.editItem('b', () => '"2"'),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
    assert.equal(results[0].reason.code, 'ERR_PERSIST_LOCK_INVALID_VALUE');
    assert.equal(refusals, 1);
    assert.ok(isFree(folder));
    assert.equal(await store.getItem('b'), '"2"');
    t.mock.restoreAll();
    await leaveNothing(folder, store);
  },
);

test(
  'the writer lock is free after work that throws, and after a turn inside another',
  options,
  async (t) => {
    const folder = temporaryFolder(t);
    const native = new Native(folder, 0o600, Infinity, false, true);
    await native.openStore(false);
    const nothing = [[], false, [], [], 0];
    const fail = () => assert.fail('no line is refused');
    const thrown = new Error('mine');
    for (const work of [
      () => {
        throw thrown;
      },
      () => undefined,
      () => [1, false, [], [], 0],
      () => [],
      () => [['no item line'], false, [], [], 0],
    ]) {
      assert.throws(() => native.withTurn(work, () => [['nor this'], false, [], [], 0]));
      assert.ok(isFree(folder));
    }
    const rethrows = () =>
      native.withTurn(
        () => {
          throw thrown;
        },
        fail,
        false,
      );
    assert.throws(rethrows, (error) => error === thrown);
    const nested = () => {
      assert.equal(native.withTurn(fail, fail), null);
      assert.ok(!isFree(folder));
      return nothing;
    };
    assert.notEqual(native.withTurn(nested, fail), null);
    assert.ok(isFree(folder));
    assert.throws(() => native.takeKey('"a"', false, false), {
      code: 'ERR_PERSIST_LOCK_NOT_IN_TURN',
    });
    assert.throws(() => native.leaseKeys(['"a"'], false, 1), {
      code: 'ERR_PERSIST_LOCK_NOT_IN_TURN',
    });
    native.closeStore();
  },
);

test('an error of a call in a turn leaves the turn and its lock', options, async (t) => {
  const folder = temporaryFolder(t);
  const [native, other] = [1, 2].map(() => new Native(folder, 0o600, Infinity, false, true));
  for (const each of [native, other]) await each.openStore(false);
  const fail = () => assert.fail('no line is refused');
  other.withTurn(() => {
    other.leaseKeys(['"a"'], false, 1);
    return [[], false, [], [], 0];
  }, fail);
  const ended = native.withTurn(() => {
    assert.throws(() => native.leaseKeys(['"a"'], false, 1), {
      code: 'ERR_PERSIST_LOCK_NOT_IN_TURN',
    });
    assert.ok(!isFree(folder));
    native.leaseKeys(['"b"'], false, 2);
    return [['{"key":"c","value":3}'], false, [['"b"', 2]], [], 0];
  }, fail);
  assert.notEqual(ended, null);
  assert.ok(isFree(folder));
  assert.equal(native.readValue('"c"', 0), '3');
  for (const each of [native, other]) each.closeStore();
});

test('the writer lock is free after a commit that failed', options, async (t) => {
  const folder = temporaryFolder(t);
  const script = `
    const PersistLock = require(${JSON.stringify(path.resolve(__dirname, '..', '..'))});
    const store = new PersistLock(${JSON.stringify(folder)});
    (async () => {
      await store.setItem('a', 1);
      // No file may grow beyond its length.
      const { code } = await store.editItem('a', () => 'x'.repeat(100_000)).catch((error) => error);
      console.log(code);
      process.stdin.once('data', async () => {
        console.log(await store.getItem('a'));
        process.exit();
      });
    })();`;
  const limited = [
    '-c',
    'trap "" XFSZ; ulimit -f 16; exec "$0" "$@"',
    process.execPath,
    '-e',
    script,
  ];
  const child = spawn('sh', limited, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [code] = await once(child.stdout.setEncoding('utf8'), 'data');
  assert.equal(code, 'EFBIG\n');
  assert.ok(isFree(folder));
  child.stdin.end('go on');
  const [value] = await once(child.stdout, 'data');
  assert.equal(value, '1\n');
});
