'use strict';

// Many pending calls: the cost of a call must not grow with their number. V8 counts how often each block of the package's code runs,
// so that no clock is needed; the same work is done at two sizes.

const assert = require('node:assert/strict');
const { Session } = require('node:inspector/promises');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const { after, before } = test;
const { TIMES, seeded } = require('../support/random');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');
const { noCoverage } = require('../support/runtime');
const { Heap } = require('../../lib/calls/heap');
const timers = require('../../lib/timers');

const FEW = 1500;
const MORE = 4;
/** Work that grows with the logarithm of the number of calls, and turns that come at other moments, may add so much. */
const ALLOWED = 1.5;

const session = new Session();
const lib = pathToFileURL(path.resolve(__dirname, '..', '..', 'lib') + path.sep).href;

/** Counts how often blocks of the package's code are run meanwhile. */
async function blocksRun(work) {
  await session.post('Profiler.takePreciseCoverage');
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ofPackage = result.filter(({ url }) => url.startsWith(lib));
  const ranges = ofPackage.flatMap(({ functions }) => functions.flatMap((of) => of.ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

before(async () => {
  if (noCoverage) return;
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});
after(() => session.disconnect());

/** Checks that a call costs about the same when it is one of several times as many. */
async function costsTheSame(t, makeCalls) {
  const measure = async (count) => {
    const store = temporaryStore(t, { durability: 'os', lockTimeout: Infinity });
    await store.init();
    return blocksRun(() => makeCalls(store, count));
  };
  await measure(100);
  const few = await measure(FEW);
  const many = await measure(FEW * MORE);
  const ratio = many / few / MORE;
  t.diagnostic(`${few} blocks for ${FEW} calls; ${ratio.toFixed(2)} times as many a call for more`);
  assert.ok(few > 10 * FEW, `${few} blocks were counted`);
  assert.ok(ratio < ALLOWED, `${ratio.toFixed(2)} times as much work a call`);
}

const times = (count, make) => Promise.all(Array.from({ length: count }, (_, at) => make(at)));

/** Runs `use` while as many callbacks are pending as may be. */
async function whileCrowded(store, use) {
  const holders = Array.from({ length: 256 }, held);
  const held256 = holders.map((holder, at) => store.editItem(`held ${at}`, holder));
  for (const holder of holders) await holder.begun();
  try {
    await use();
  } finally {
    for (const holder of holders) holder.finish(1);
    await Promise.all(held256);
  }
}

/** Checks that all calls end by their time limits. */
async function timeOut(calls) {
  const results = await Promise.allSettled(calls);
  const codes = new Set(results.map(({ reason }) => reason?.code));
  assert.deepEqual([...codes], ['ERR_PERSIST_LOCK_TIMEOUT']);
}

const SCENARIOS = {
  'asynchronous edits of as many keys': (store, count) =>
    times(count, (at) => store.editItem(`key ${at}`, async () => at)),

  'asynchronous edits of one key': (store, count) =>
    times(count, () => store.editItem('key', async (value = 0) => value + 1)),

  'edits of one key after an asynchronous one': (store, count) =>
    times(count, (at) => store.editItem('key', at === 0 ? async () => 0 : (value) => value + 1)),

  'views and edits of one key': (store, count) =>
    times(count, (at) =>
      at % 8 === 0
        ? store.editItem('key', async () => at)
        : store.viewItem('key', async (value) => value),
    ),

  'calls that end by their time limits': (store, count) =>
    whileCrowded(store, () =>
      timeOut(
        Array.from({ length: count }, (_, at) =>
          store.editItem(`key ${at}`, () => 1, { timeout: at % 8 }),
        ),
      ),
    ),

  'calls that wait for one key until their time limits': async (store, count) => {
    const holder = held();
    const holding = store.editItem('key', holder);
    await holder.begun();
    await timeOut(
      Array.from({ length: count }, (_, at) =>
        store.editItem('key', () => 1, { timeout: 1 + (at % 8) }),
      ),
    );
    holder.finish(1);
    await holding;
  },

  'calls that a signal ends': async (store, count) => {
    const controller = new AbortController();
    const { signal } = controller;
    await whileCrowded(store, async () => {
      const calls = Array.from({ length: count }, (_, at) =>
        store.editItem(`key ${at}`, () => 1, { signal }),
      );
      await store.setItem('after', 1);
      controller.abort(new Error('enough'));
      for (const { reason } of await Promise.allSettled(calls))
        assert.equal(reason.message, 'enough');
    });
  },

  'calls that wait for a clear until their time limits': async (store, count) => {
    const holder = held();
    const holding = store.editItem('key', holder);
    await holder.begun();
    const clearing = store.clear();
    await timeOut(
      Array.from({ length: count }, (_, at) =>
        store.editItem(`key ${at}`, async () => 1, { timeout: 1 + (at % 8) }),
      ),
    );
    holder.finish(1);
    await Promise.all([holding, clearing]);
  },

  'clears between asynchronous edits': (store, count) =>
    times(count, (at) =>
      at % 2 === 0 ? store.editItem(`key ${at}`, async () => at) : store.clear(),
    ),
};

for (const [name, makeCalls] of Object.entries(SCENARIOS)) {
  test(`a call costs the same among many: ${name}`, { skip: noCoverage }, (t) =>
    costsTheSame(t, makeCalls),
  );
}

test('100 000 asynchronous edits at once all end', async (t) => {
  const store = temporaryStore(t, { durability: 'os', lockTimeout: Infinity });
  let count = 0;
  await times(100_000, (at) => store.editItem(at % 50_000, async () => ++count));
  assert.equal(count, 100_000);
  assert.equal(await store.length(), 50_000);
});

test('edits without leases run after edits that took every lease', async (t) => {
  const store = temporaryStore(t, { durability: 'os', lockTimeout: Infinity });
  let edits;
  await whileCrowded(store, async () => {
    edits = times(2000, (at) => store.editItem(`key ${at}`, () => at));
    // Calls that were given up leave nothing for others to wait for.
    await timeOut([store.editItem('given up', () => 1, { timeout: 1 })]);
  });
  assert.deepEqual((await edits).length, 2000);
});

test('the event loop turns while many calls are given up together', async (t) => {
  const store = temporaryStore(t);
  const holder = held();
  const holding = store.editItem('key', holder);
  await holder.begun();
  let turns = 0;
  const calls = Array.from({ length: 2000 }, () =>
    store.editItem('key', () => 1, { timeout: 1 }).catch(() => turns),
  );
  const turn = () => {
    turns++;
    if (turns > 0) next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  let time = timers.now();
  t.mock.method(timers, 'now', () => ++time);
  const ended = new Set(await Promise.all(calls));
  clearImmediate(next);
  assert.ok(ended.size > 5, `all within ${ended.size} turns`);
  holder.finish(1);
  await holding;
});

test('a heap returns live entries in order, whichever were forgotten', (t) => {
  const { below } = seeded(t);
  for (let round = 0; round < 50; round++) {
    const heap = new Heap(
      ({ rank }) => rank,
      ({ isLive }) => isLive,
    );
    const model = [];
    for (let step = 0; step < 500; step++) {
      const kind = below(8);
      if (kind < 4) {
        const item = { rank: below(1000) + step / 1000, isLive: true };
        heap.push(item);
        model.push(item);
        model.sort((one, other) => one.rank - other.rank);
      } else if (kind < 6) {
        assert.equal(heap.shift(), model.shift());
      } else if (model.length > 0) {
        const [item] = model.splice(below(model.length), 1);
        item.isLive = false;
        heap.forget();
      }
      assert.equal(heap.size, model.length);
      assert.equal(heap.first, model[0]);
    }
  }
});

test('calls of a key keep their order, whatever they wait for, and every call settles', async (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 10 * TIMES; round++) {
    const store = temporaryStore(t, { durability: 'os', lockTimeout: Infinity });
    const begun = new Map();
    const calls = [];
    for (let at = 0; at < 600; at++) {
      const keys = [...new Set([`key ${below(6)}`, `key ${below(6)}`])];
      const seen = (key) => begun.set(key, [...(begun.get(key) ?? []), at]);
      const pause =
        below(2) === 0 ? () => 1 : () => new Promise((resolve) => setImmediate(resolve, 1));
      const kind = pick(['edit', 'edit', 'edits', 'view', 'set', 'clear', 'aborted']);
      if (kind === 'edit') calls.push(store.editItem(keys[0], () => (seen(keys[0]), pause())));
      else if (kind === 'view') calls.push(store.viewItem(keys[0], () => pause()));
      else if (kind === 'set') calls.push(store.setItem(keys[0], at));
      else if (kind === 'clear' && below(4) === 0) calls.push(store.clear());
      else if (kind === 'edits')
        calls.push(store.editItems(keys, () => pause().then?.(() => []) ?? []));
      else if (kind === 'aborted') {
        const signal = AbortSignal.timeout(below(3));
        calls.push(store.editItem(keys[0], () => pause(), { signal }).catch(() => {}));
      }
      if (below(40) === 0) await new Promise(setImmediate);
    }
    await Promise.all(calls);
    for (const [key, order] of begun) {
      assert.deepEqual(
        order,
        order.toSorted((one, other) => one - other),
        key,
      );
    }
    await store.close();
  }
});
