'use strict';

// A device whose writes fail for a while, under a real file system. ext4 keeps a block unwritten after its first write failed, even
// if later writes and syncs of the same bytes succeed. Acknowledged items must be there after a remount all the same. Needs root,
// loop devices, FUSE and a C compiler.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { dataFiles } = require('../support/store-files');
const { until } = require('../support/waiting');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));
const run = (command, ...parameters) =>
  execFileSync(command, parameters, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** The options of the kinds of ext4: by default a block is unwritten until its write has ended. */
const MOUNTED = ['dioread_nolock', 'dioread_lock'];

/** Builds the device's program; `undefined` where that is not possible. */
function built(folder) {
  try {
    const flags = run('pkg-config', '--cflags', '--libs', 'fuse3').split(/\s+/);
    const source = path.join(__dirname, '..', 'support', 'programs', 'failing-device.c');
    const program = path.join(folder, 'failing-device');
    run('cc', '-O1', '-o', program, source, ...flags);
    return program;
  } catch {
    return undefined;
  }
}

/** Makes an ext4 on such a device; `undefined` where that is not possible. */
async function failingFileSystem(t, options) {
  const undoing = [];
  // Registered first, since hooks run in this order and the folder's own removes it.
  t.after(async () => {
    for (const undo of undoing.reverse()) await undo();
  });
  const folder = temporaryFolder(t);
  const program = built(folder);
  if (program === undefined) return undefined;
  const [inner, mountPoint] = ['fuse', 'mounted'].map((name) => path.join(folder, name));
  for (const made of [inner, mountPoint]) fs.mkdirSync(made);
  const device = spawn(program, ['64', inner], { stdio: 'ignore' });
  const ended = new Promise((resolve) => device.on('exit', resolve));
  let hasEnded = false;
  ended.then(() => (hasEnded = true));
  await until(() => hasEnded || fs.existsSync(path.join(inner, 'disk')));
  if (hasEnded) return undefined;
  undoing.push(() => {
    run('umount', inner);
    return ended;
  });
  try {
    const loop = run('losetup', '--find', '--show', path.join(inner, 'disk'));
    undoing.push(() => run('losetup', '--detach', loop));
    // So that the writes of data are not joined with those of the journal.
    fs.writeFileSync(`/sys/block/${path.basename(loop)}/queue/max_sectors_kb`, '4');
    run('mkfs.ext4', '-q', '-b', '4096', loop);
    const mount = () => run('mount', '-t', 'ext4', '-o', options, loop, mountPoint);
    mount();
    undoing.push(() => run('umount', mountPoint));
    return {
      folder: path.join(mountPoint, 'store'),
      control: path.join(inner, 'control'),
      mountAgain() {
        run('umount', mountPoint);
        mount();
      },
    };
  } catch {
    return undefined;
  }
}

/** The beginning of every program of these tests. */
const begun = ({ folder, control }) => `const PersistLock = require(${root});
  const folder = ${JSON.stringify(folder)};
  const fails = (does) => require('node:fs').writeFileSync(${JSON.stringify(control)}, does ? '1' : '0');
  const value = 'x'.repeat(3000);
  const told = (promise) => promise.then(() => 'ok', (error) => error.code);
  const store = new PersistLock(folder);`;

/** Runs a program on a store of that file system in a separate process; returns its output. */
async function runProgram(system, text) {
  const { stdout, stderr } = await runScript(['-e', begun(system) + text]);
  assert.equal(stderr, '');
  return stdout;
}

/** Everything that was acknowledged is there, and nothing is damaged. Another process looks: ours would keep the folder busy. */
async function holds(system, keys) {
  const stdout = await runProgram(
    system,
    `(async () => {
      const entries = await store.entries();
      console.log(JSON.stringify(entries.map(([key, { length }]) => [key, length])));
      await store.close();
    })();`,
  );
  const found = new Map(JSON.parse(stdout));
  for (const key of keys) assert.equal(found.get(key), 3000, key);
}

for (const options of MOUNTED) {
  test(`items stored after a failed sync survive an unmount (${options})`, async (t) => {
    const system = await failingFileSystem(t, options);
    if (system === undefined) return t.skip('needs root, loop devices, FUSE and a C compiler');
    const stdout = await runProgram(
      system,
      `
      (async () => {
        for (let at = 0; at < 4; at++) await store.setItem('before' + at, value);
        fails(true);
        const failed = [];
        for (let at = 0; at < 3; at++) failed.push(await told(store.setItem('doubt' + at, value)));
        console.log(failed.join(), (await store.getItem('before0')).length);
        fails(false);
        for (let at = 0; at < 5; at++) await store.setItem('after' + at, value);
        await store.close();
      })();`,
    );
    assert.equal(stdout, 'ERR_PERSIST_LOCK_SYNC_FAILED,EIO,EIO 3000\n');
    system.mountAgain();
    const kept = [...'0123'].map((at) => `before${at}`);
    await holds(system, kept.concat([...'01234'].map((at) => `after${at}`)));
  });

  test(`items that a newcomer stores after a failed sync survive an unmount (${options})`, async (t) => {
    const system = await failingFileSystem(t, options);
    if (system === undefined) return t.skip('needs root, loop devices, FUSE and a C compiler');
    // It is killed before it can renew the file, and its bytes are in memory.
    await runProgram(
      system,
      `
      (async () => {
        await store.setItem('before', value);
        fails(true);
        await told(store.setItem('doubt', value));
        fails(false);
        process.exit();
      })();`,
    );
    await runProgram(
      system,
      `
      (async () => {
        await store.setItem('after', value);
        await store.close();
      })();`,
    );
    const isUnwritten = options === 'dioread_nolock';
    assert.deepEqual(dataFiles(system.folder), [isUnwritten ? 'data.2.jsonl' : 'data.1.jsonl']);
    system.mountAgain();
    await holds(system, ['before', 'doubt', 'after']);
  });
}
