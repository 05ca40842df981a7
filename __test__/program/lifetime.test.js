'use strict';

// A store and the life of its process: when it keeps the process alive, and which writes are on disk at the end.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { otherModules } = require('../support/runtime');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));

/** Runs a script that has a `store` in a folder; resolves with its output. */
async function run(folder, script, options = {}) {
  const program = `const PersistLock = require(${root});
    const store = new PersistLock(${JSON.stringify(folder)}, ${JSON.stringify(options)});
    ${script}`;
  const { stdout, stderr, code } = await runScript(['-e', program]);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return stdout;
}

async function stored(folder, key) {
  const store = new PersistLock(folder);
  const value = await store.getItem(key);
  await store.close();
  return value;
}

test('a script that ends without awaiting its writes stores them', async (t) => {
  for (const durability of ['disk', 'os']) {
    const folder = temporaryFolder(t);
    await run(folder, `for (let i = 0; i < 100; i++) store.setItem('a', i);`, { durability });
    assert.equal(await stored(folder, 'a'), 99);
    await run(folder, `store.editItem('a', async (a) => a + 1);`, { durability });
    assert.equal(await stored(folder, 'a'), 100);
  }
});

test('an awaited write at the end of an ES module is stored', { skip: otherModules }, async (t) => {
  const folder = temporaryFolder(t);
  const module = pathToFileURL(path.resolve(__dirname, '..', '..', 'index.js'));
  const program = `import PersistLock from ${JSON.stringify(module)};
    await new PersistLock(${JSON.stringify(folder)}).setItem('a', 1);`;
  const { code, stderr } = await runScript(['--input-type=module', '-e', program]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(await stored(folder, 'a'), 1);
});

test('an idle open store does not keep the process alive', async (t) => {
  const folder = temporaryFolder(t);
  const script = `store.init().then(() => store.getItem('a')).then(() => console.log('idle'));`;
  assert.equal(await run(folder, script), 'idle\n');
  assert.equal(await run(folder, `console.log('unopened');`), 'unopened\n');
});

test('acknowledged writes survive any end of their process', async (t) => {
  for (const durability of ['disk', 'os']) {
    for (const end of ['process.exit()', "process.kill(process.pid, 'SIGKILL')"]) {
      const folder = temporaryFolder(t);
      const program = `const PersistLock = require(${root});
        const store = new PersistLock(${JSON.stringify(folder)}, { durability: '${durability}' });
        store.setItem('a', 1).then(() => ${end});`;
      await runScript(['-e', program]);
      assert.equal(await stored(folder, 'a'), 1, `${durability}, ${end}`);
    }
  }
});

test('a blocking write is stored when it returns, whatever ends its process then', async (t) => {
  for (const durability of ['disk', 'os']) {
    for (const end of ['', 'process.exit()', "process.kill(process.pid, 'SIGKILL')"]) {
      const folder = temporaryFolder(t);
      const program = `const PersistLock = require(${root});
        const store = new PersistLock(${JSON.stringify(folder)}, { durability: '${durability}' });
        store.setItemSync('a', 1);
        ${end}`;
      await runScript(['-e', program]);
      assert.equal(await stored(folder, 'a'), 1, `${durability}, ${end}`);
    }
  }
});

test('an exit handler can write, and store what awaited calls have left', async (t) => {
  for (const durability of ['disk', 'os']) {
    const folder = temporaryFolder(t);
    await run(
      folder,
      `process.on('exit', () => {
        store.setItemSync('last', 1);
        store.closeSync();
      });
      store.init().then(() => {
        store.setItem('a', 2);
        store.editItem('a', (current) => current + 1);
        process.exit();
      });`,
      { durability },
    );
    assert.deepEqual([await stored(folder, 'last'), await stored(folder, 'a')], [1, 3]);
  }
});

test('writes of a store that the program no longer refers to are stored and settle', async (t) => {
  const folder = temporaryFolder(t);
  // So many bytes that a sync takes some time, and as many collections as possible meanwhile.
  const script = `
    const collect = () => { gc(); timer = setImmediate(collect); };
    let timer = setImmediate(collect);
    let left = 20;
    const heard = () => { if (--left === 0) { clearImmediate(timer); console.log('heard'); } };
    for (let i = 0; i < left; i++) {
      const folder = path.join(${JSON.stringify(folder)}, String(i));
      new PersistLock(folder, { expiredInterval: false }).setItem('a', 'x'.repeat(1e6)).then(heard);
    }`;
  const program = `const path = require('node:path'); const PersistLock = require(${root}); ${script}`;
  const { stdout, stderr, code } = await runScript(['--expose-gc', '-e', program]);
  assert.deepEqual({ stdout, stderr, code }, { stdout: 'heard\n', stderr: '', code: 0 });
});

test('close waits for writes under way', async (t) => {
  for (const durability of ['disk', 'os']) {
    const folder = temporaryFolder(t);
    const script = `
      store.setItem('a', 1).then(() => console.log('set'));
      store.editItem('b', () => new Promise((resolve) => setImmediate(resolve, 2)))
        .then(() => console.log('edited'));
      store.close().then(() => console.log('closed'));`;
    assert.equal(await run(folder, script, { durability }), 'set\nedited\nclosed\n');
    assert.equal(await stored(folder, 'b'), 2);
  }
});

test('close waits for reads under way, also for one that opens the store', async (t) => {
  const folder = temporaryFolder(t);
  const before = new PersistLock(folder);
  await before.setItem('a', 1);
  await before.close();
  for (const isOpen of [false, true]) {
    const store = new PersistLock(folder);
    if (isOpen) await store.init();
    const settled = [];
    const reads = {
      init: store.init(),
      getItem: store.getItem('a'),
      hasItem: store.hasItem('a'),
      keys: store.keys(),
      length: store.length(),
      stats: store.stats(),
      backup: store.backup(path.join(folder, `backup ${isOpen}`)),
      compact: store.compact(),
    };
    for (const [name, read] of Object.entries(reads)) read.then(() => settled.push(name));
    const closing = store.close();
    assert.equal(await reads.getItem, 1);
    await closing;
    // `close` may resolve a tick before the promises of the last reads.
    await new Promise(setImmediate);
    assert.deepEqual(settled.sort(), Object.keys(reads).sort());
    await assert.rejects(store.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  }
});
