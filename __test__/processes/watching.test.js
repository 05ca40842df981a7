'use strict';

// Watchers of several processes, one of which is stopped now and then, while four processes commit
// and rewrite, and are killed.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const test = require('node:test');
const PersistLock = require('../..');
const { newFolder, removeFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { resume, stop } = require('../support/stopping');
const { noStop } = require('../support/system');
const { TIMES, seeded } = require('../support/random');

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const COMMITS = 100 * TIMES;
const KILLS = 6;
/** The number of changes told after which something happens to a process. */
const PAUSE = 60;
const WRITERS = 4;

/** Judges what one watcher is told: versions of items, each in one commit with its item. */
class Versions {
  #commit = 0;
  /** The last version told of each key, and the items. */
  #versions = new Map();
  items = new Map();
  merged = 0;
  changes = 0;
  /** The keys whose items are to come in the present commit. */
  #open = new Set();
  /** The keys for which versions may be missing, since the watcher was left behind. */
  #loose = new Set();

  take({ key, value, removed, commit, merged }) {
    const about = JSON.stringify({ key, value, removed, commit, merged, last: this.#commit });
    this.changes++;
    assert.ok(commit >= this.#commit, about);
    if (commit > this.#commit && !merged) assert.equal(this.#open.size, 0, about);
    this.#commit = commit;
    if (merged) this.#takeMerged(key, value, about);
    else this.#takeExact(key, value, removed, about);
    if (removed) this.items.delete(key);
    else this.items.set(key, value);
  }

  #takeExact(key, value, removed, about) {
    const name = key.replace('version ', '');
    if (name === key) {
      assert.ok(this.#open.delete(key), about);
      if (!removed) assert.equal(value, this.#versions.get(key), about);
      return;
    }
    const before = this.#versions.get(name) ?? 0;
    // After a merged change the state of another item may be told before its version.
    if (this.#loose.delete(name)) assert.ok(value > before, about);
    else assert.equal(value, before + 1, about);
    this.#versions.set(name, value);
    this.#open.add(name);
  }

  #takeMerged(key, value, about) {
    this.merged++;
    this.#open.clear();
    for (const name of KEYS) this.#loose.add(name);
    const name = key.replace('version ', '');
    if (name === key) return;
    assert.ok(value >= (this.#versions.get(name) ?? 0), about);
    this.#versions.set(name, value);
  }
}

test('each watcher is told the last state of every item, in order, and no torn commit', async (t) => {
  const random = seeded(t);
  const folder = newFolder();
  const processes = [];
  const startProcess = (program, ...args) => {
    processes.push(start(program, folder, ...args));
    return processes.at(-1);
  };
  const startWriter = () => startProcess('versions.js', random.below(2 ** 32), COMMITS, ...KEYS);
  const store = new PersistLock(folder);
  t.after(async () => {
    for (const child of processes) child.kill('SIGKILL');
    for (const { ended } of processes) await ended;
    await store.close();
    removeFolder(folder);
  });
  await store.init();
  const watcher = store.watch();
  const judges = { here: new Versions(), child: new Versions() };
  const child = startProcess('telling.js');
  await once(child, 'message');
  const isTold = new Promise((resolve, reject) => {
    child.on('message', (change) => {
      if (change.key === 'end') return resolve();
      try {
        judges.child.take(change);
      } catch (error) {
        reject(error);
      }
    });
  });

  const writers = Array.from({ length: WRITERS }, startWriter);
  let kills = 0;
  let stopping;
  /** Stops the watching process until the file has been rewritten several times. */
  const stopForRewrites = async () => {
    stop(child);
    for (let at = 0; at < 3; at++) await store.compact();
    resume(child);
    stopping = undefined;
  };
  const events = [
    () => {
      if (++kills > KILLS) return;
      const at = random.below(WRITERS);
      writers[at].kill('SIGKILL');
      writers[at] = startWriter();
    },
    () => (noStop ? store.compact() : (stopping ??= stopForRewrites())),
    () => store.compact(),
  ];
  const told = (async () => {
    for await (const change of watcher) {
      if (change.key === 'end') return;
      judges.here.take(change);
      if (judges.here.changes % PAUSE === 0) await random.pick(events)();
    }
  })();
  const haveEnded = (async () => {
    // Those that are started meanwhile too.
    for (const process of processes) if (process !== child) await process.ended;
  })();
  await Promise.race([Promise.all([told, isTold]), haveEnded]);
  await stopping;
  await store.setItem('end', 1);
  await Promise.all([told, isTold]);
  await store.removeItem('end');
  const items = new Map((await store.entries()).sort());
  for (const [name, { items: known, changes, merged }] of Object.entries(judges)) {
    t.diagnostic(`${name}: ${changes} changes, ${merged} of them merged`);
    assert.deepEqual(new Map([...known].sort()), items, name);
  }
});
