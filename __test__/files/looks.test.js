'use strict';

// The system calls by which turns look at the store's files, traced by strace. Skipped without strace.

const assert = require('node:assert/strict');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { skip, traced } = require('../support/strace');

/** A question for times. The kernel may answer more than it was asked, in braces. */
const ASKS_FOR_TIMES = /^[^{]*STATX_([AMC]TIME|BASIC_STATS|ALL)\b/;

/** Traces all looks at a data file, by its path or by a descriptor. */
function looksAtDataFile(t, script, strace = []) {
  const options = ['-y', '-e', 'trace=%%stat', ...strace];
  const { calls } = traced(temporaryFolder(t), options, {}, script);
  const looks = calls.filter((call) => /data\.\d+\.jsonl/.test(call));
  assert.notEqual(looks.length, 0);
  return looks;
}

function assertNoTimes(looks) {
  for (const look of looks) {
    assert.match(look, /^statx\(/);
    assert.doesNotMatch(look, ASKS_FOR_TIMES);
  }
}

// Since Linux 6.13 such a question makes the next write store a new time.
test('no turn, read or rewrite asks for the times of a data file', { skip }, (t) => {
  const looks = looksAtDataFile(
    t,
    `const reader = new PersistLock(folder, { readOnly: true });
    for (let at = 0; at < 3; at++) {
      await store.editItem('a', (n = 0) => n + 1);
      await reader.getItem('a');
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    await store.stats();
    await store.compact();
    await store.backup(folder + '/backup.jsonl');
    await store.setItem('a', 0);
    await reader.getItem('a');
    await store.close();`,
  );
  assertNoTimes(looks);
});

test('where the kernel has no statx, a store looks in the old way', { skip }, (t) => {
  const looks = looksAtDataFile(
    t,
    `await store.setItem('a', 1);
    await store.close();`,
    ['-e', 'inject=statx:error=ENOSYS'],
  );
  assert.ok(looks.some((look) => /^(new)?fstat(at)?\(/.test(look)));
});

/**
 * Traces edits, some of which come when the folder has not changed for a while and was checked a moment ago. Returns the calls of
 * the one that makes the fewest.
 */
function callsOfWarmEdit(t, before) {
  const { calls } = traced(
    temporaryFolder(t),
    ['-y', '-e', 'trace=%file,flock,pread64,pwrite64,getdents64'],
    { durability: 'os' },
    `${before}
    for (let at = 0; at < 40; at++) {
      fs.existsSync('begins');
      await store.editItem('a', (n = 0) => n + 1);
      fs.existsSync('ends');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await store.close();`,
  );
  const edits = [];
  let edit;
  for (const call of calls) {
    if (call.includes('"begins"')) edit = [];
    else if (call.includes('"ends"')) edits.push(edit);
    else edit?.push(shortened(call));
  }
  return edits.sort((one, other) => one.length - other.length)[0];
}

/** Shortens a traced call to its name and that of its file or folder. */
function shortened(call) {
  const name = call.split('(', 1)[0];
  const [path] = call.match(/(?<=")[^"]+(?=")/g)?.filter(() => name === 'statx') ?? [];
  const file = path ?? call.match(/<([^>]*)>/)?.[1] ?? '';
  return `${name} ${file.split('/').at(-1)}`;
}

test('a turn looks once at the folder, and not at its files', { skip }, (t) => {
  const calls = callsOfWarmEdit(t, '');
  assert.deepEqual(
    calls.filter((call) => !call.endsWith('data.1.jsonl')),
    [
      'flock writer.lock',
      'pread64 writer.lock',
      'statx .persist-lock',
      'pwrite64 writer.lock',
      'flock writer.lock',
    ],
  );
});

test('a turn looks once at the folder of leases, if it has none', { skip }, (t) => {
  const calls = callsOfWarmEdit(t, `await store.editItem('b', async () => 1);`);
  assert.deepEqual(
    calls.filter((call) => call.startsWith('statx')),
    ['statx .persist-lock', 'statx leases'],
  );
  assert.ok(!calls.some((call) => /^(open|getdents)/.test(call)));
});
