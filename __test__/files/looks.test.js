'use strict';

// Looks at the data file, traced by strace. Skipped without strace.

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
