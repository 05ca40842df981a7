'use strict';

// Watchers over PostgreSQL against the items that their store has in the end, while four processes
// commit at random: processes are killed and stopped, connections are cut, and watchers lag, begin
// and go on where others were.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { newPlace, sql } = require('../support/postgres/parts');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');
const PersistLock = require('../../postgres');

const STEPS = 9 * TIMES;
const WRITERS = 4;
/** The changes that are told between two steps. */
const CHANGES = 60;

/** The items that a watcher has told of, judged change by change. */
class Mirror {
  items;
  /** The items before the last commit, and its number. */
  before;
  commit = 0;
  #counts = new Map();
  #waiting = [];
  #told = 0;
  done;

  constructor(watcher, { items = new Map(), slow = 0 } = {}) {
    this.items = items;
    this.before = new Map(items);
    this.done = this.#keep(watcher, slow);
    this.done.catch(() => {});
  }

  async #keep(watcher, slow) {
    for await (const change of watcher) {
      this.#take(change);
      if (slow > 0 && this.#told % 7 === 0)
        await new Promise((resolve) => setTimeout(resolve, slow));
      if (change.key === 'z end') return this.items;
    }
    throw new Error('the watcher has ended');
  }

  #take({ key, value, removed, commit, initial }) {
    assert.ok(commit >= this.commit, `commit ${commit} after ${this.commit}`);
    if (commit > this.commit && !initial) this.before = new Map(this.items);
    this.commit = commit;
    if (removed) this.items.delete(key);
    else this.items.set(key, value);
    if (key.startsWith('e:')) {
      assert.equal(removed, false);
      assert.ok(value.n >= (this.#counts.get(key) ?? 0), `${key} goes back to ${value.n}`);
      this.#counts.set(key, value.n);
    }
    this.#told++;
    this.#waiting = this.#waiting.filter(({ count, resolve }) => this.#told < count || resolve());
  }

  /** Resolves after so many more changes. */
  told(count) {
    const more = new Promise((resolve) => {
      this.#waiting.push({ count: this.#told + count, resolve });
    });
    return Promise.race([more, this.done]);
  }
}

test('watchers agree with the store in the end, whatever happens', { skip }, async (t) => {
  const { below, pick } = seeded(t);
  const place = await newPlace(t);
  const store = new PersistLock(place, { expiredInterval: false });
  t.after(() => store.close());
  await store.init();
  const watch = (options) => store.watch({ keepAlive: true, ...options });
  const quick = new Mirror(watch());
  const mirrors = [
    { mirror: quick, prefix: '' },
    { mirror: new Mirror(watch(), { slow: 20 }), prefix: '' },
    { mirror: new Mirror(watch({ prefix: 'e:' })), prefix: 'e:' },
    { mirror: new Mirror(watch({ initial: true }), { slow: 1 }), prefix: '' },
  ];
  const child = start('postgres-watcher.js', JSON.stringify(place));
  t.after(() => child.kill('SIGKILL'));
  const writers = new Set();
  const startWriter = () => {
    const writer = start('postgres-changer.js', JSON.stringify(place), below(2 ** 32));
    writers.add(writer);
    t.after(() => writer.kill('SIGKILL'));
  };
  for (let at = 0; at < WRITERS; at++) startWriter();
  await once(child, 'message');
  let stopped = false;
  const actions = {
    kill: async () => {
      const writer = pick([...writers]);
      writers.delete(writer);
      writer.kill('SIGKILL');
      await writer.ended;
      startWriter();
    },
    cut: () =>
      sql(
        place,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'persist-lock %' AND random() < 0.3
            AND split_part(application_name, ':', 2)::int = ANY($1::int[])`,
        [[process.pid, child.pid, ...Array.from(writers, ({ pid }) => pid)]],
      ),
    stop: () => {
      child.kill(stopped ? 'SIGCONT' : 'SIGSTOP');
      stopped = !stopped;
    },
    begin: () => {
      mirrors.push({ mirror: new Mirror(watch({ initial: true })), prefix: '' });
    },
    goOn: () => {
      const { before, commit } = quick;
      const watcher = watch({ since: commit - 1 });
      mirrors.push({ mirror: new Mirror(watcher, { items: new Map(before) }), prefix: '' });
    },
  };
  const names = Object.keys(actions);
  await quick.told(CHANGES);
  for (let step = 0; step < STEPS; step++) {
    const name = step < names.length ? names[step] : pick(names);
    await actions[name]();
    await quick.told(CHANGES);
  }
  for (const writer of writers) writer.send('stop');
  for (const writer of writers) assert.deepEqual(await writer.ended, { code: 0, signal: null });
  if (stopped) child.kill('SIGCONT');
  // Items that have expired by now are not listed, and not told as removed before they are.
  await store.removeExpiredItems();
  const lastOfChild = once(child, 'message');
  for (const key of ['e:end', 'z end']) await store.setItem(key, { n: 1e9 });
  const expected = new Map(await store.entries());
  for (const { mirror, prefix } of mirrors) {
    if (prefix === '') assertSame(await mirror.done, expected);
  }
  const [items] = await lastOfChild;
  assertSame(new Map(items), expected);
  const counters = mirrors.find(({ prefix }) => prefix === 'e:').mirror;
  while (!counters.items.has('e:end')) await counters.told(1);
  assertSame(counters.items, new Map(await store.entries({ prefix: 'e:' })));
});

function assertSame(items, expected) {
  const sorted = (map) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(sorted(items), sorted(expected));
}
