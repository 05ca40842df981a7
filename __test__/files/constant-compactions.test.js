'use strict';

// Three processes edit while two compact all the time and are killed now and then: no edit is lost. A turn that relied on an
// outdated look at the folder would commit to a file that has been replaced.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');
const { leaveNothing } = require('../support/stores');

const EDITS = 1500 * TIMES;
/** A compactor is killed after so many compactions at most. */
const LONGEST_LIFE = 60;

test('no edit is lost under constant compaction', async (t) => {
  const folder = temporaryFolder(t);
  const { below } = seeded(t);
  const newSeed = () => below(2 ** 31);
  let compactions = 0;
  let kills = 0;
  let isOver = false;

  /** Compacts in one process after the other. */
  async function compact() {
    while (!isOver) {
      const compactor = start('compactor.js', folder, newSeed());
      t.after(() => compactor.kill('SIGKILL'));
      let left = 1 + below(LONGEST_LIFE);
      compactor.on('message', () => {
        compactions++;
        left--;
        // The kill comes a little into a later compaction, or pause.
        if (left <= 0 || isOver) setTimeout(() => compactor.kill('SIGKILL'), below(5));
      });
      assert.deepEqual(await compactor.ended, { code: null, signal: 'SIGKILL' });
      kills++;
    }
  }

  const compactors = [compact(), compact()];
  const names = ['one', 'two', 'three'];
  const editors = names.map((name) => start('counter.js', folder, name, newSeed(), EDITS));
  for (const editor of editors) {
    assert.deepEqual(await editor.ended, { code: 0, signal: null });
  }
  isOver = true;
  await Promise.all(compactors);
  t.diagnostic(`${compactions} compactions, ${kills} kills`);
  assert.notEqual(compactions, 0);
  const store = new PersistLock(folder);
  const counts = names.map((name) => [name, EDITS]);
  assert.deepEqual(
    new Map(await store.entries()),
    new Map([['common', names.length * EDITS], ...counts]),
  );
  await leaveNothing(folder, store);
});
