'use strict';

// Calls that look like a deadlock and are none: they wait, and end.

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { setTimeout: pause } = require('node:timers/promises');
const test = require('node:test');
const { temporaryStore } = require('../support/engine');
const { held } = require('../support/waiting');

test('a call from a timer that the callback does not await waits for the edit', async (t) => {
  const store = temporaryStore(t);
  let later;
  await store.editItem('a', async () => {
    later = new Promise((resolve, reject) => {
      setTimeout(() => store.setItem('a', 'later').then(resolve, reject), 1);
    });
    return 'edited';
  });
  await later;
  assert.equal(await store.getItem('a'), 'later');
});

test('a call that a callback has begun gets the key once the edit has settled', async (t) => {
  const store = temporaryStore(t);
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  let afterwards;
  await store.editItem('a', async () => {
    afterwards = (async () => {
      await gate;
      return store.editItem('a', (current) => `${current}, again`);
    })();
    return 'edited';
  });
  release();
  assert.equal(await afterwards, 'edited, again');
});

test('an edit called in a synchronous callback of the same key runs after it', async (t) => {
  const store = temporaryStore(t);
  let nested;
  await store.editItem('a', () => {
    nested = store.editItem('a', (current) => `${current}, nested`);
    return 'edited';
  });
  assert.equal(await nested, 'edited, nested');
});

test('a close that a callback does not await closes the store once the callback has ended', async (t) => {
  const store = temporaryStore(t);
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const edited = store.editItem('a', async () => {
    await null;
    begin({ closed: store.close() });
    return pause(5, 'edited');
  });
  await (
    await begun
  ).closed;
  assert.equal(await edited, 'edited');

  const other = temporaryStore(t);
  const edit = held();
  const pending = other.editItem('a', edit);
  await edit.begun();
  // Called outside callbacks, it refuses later calls at once.
  const closed = other.close();
  await assert.rejects(other.getItem('a'), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  edit.finish(1);
  await pending;
  await closed;
});

/**
 * Ways in which a callback waits for code that was begun elsewhere, or that others may end; none is
 * a deadlock.
 */
const INNOCENT = {
  'a call that nobody awaits': async (store) => {
    const inside = [];
    const edited = store.editItem('a', async () => {
      inside.push(store.updateItem('a', 'from the beginning'));
      await pause(5);
      inside.push(store.editItem('a', async (current) => `${current}, from later`));
      return 'edited';
    });
    assert.equal(await edited, 'edited');
    await Promise.all(inside);
    assert.equal(await store.getItem('a'), 'from the beginning, from later');
  },
  'a call that is awaited outside': async (store) => {
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    const edited = store.editItem('a', async () => {
      await null;
      begin({ cleared: store.clear() });
      return pause(10, 'edited');
    });
    await (
      await begun
    ).cleared;
    assert.equal(await edited, 'edited');
    assert.equal(await store.length(), 0);
  },
  'the first to end of a job begun before and an alternative': async (store) => {
    const job = (async () => {
      await pause(20);
      await store.setItem('a', 'job');
    })();
    const edited = store.editItem('a', async () => Promise.race([job, pause(40, 'edited')]));
    assert.equal(await edited, 'edited');
    await job;
    assert.equal(await store.getItem('a'), 'job');
  },
  'that same race in a new Promise': async (store) => {
    const job = (async () => {
      await pause(20);
      return store.editItem('a', async (current) => `${current}, job`);
    })();
    const edited = store.editItem('a', async () => {
      return new Promise((resolve, reject) => {
        job.then(resolve, reject);
        setTimeout(resolve, 40, 'edited');
      });
    });
    assert.equal(await edited, 'edited');
    assert.equal(await job, 'edited, job');
  },
  'the first of several jobs that were begun before': async (store) => {
    const jobs = [1, 2].map(async (at) => {
      await pause(10);
      return store.updateItem(`${at}`, 'job');
    });
    const edited = store.editItems(['1', '2'], async () =>
      Promise.any([...jobs, pause(30, [['1', 'edited']])]),
    );
    assert.deepEqual([...(await edited)], [['1', 'edited']]);
    await Promise.all(jobs);
    assert.equal(await store.getItem('1'), 'job');
  },
  'a queue of tasks whose loop was begun inside': async (store) => {
    const tasks = [];
    let loop;
    const run = async () => {
      while (tasks.length > 0) {
        const { task, resolve, reject } = tasks.shift();
        await task().then(resolve, reject);
      }
    };
    const add = (task) =>
      new Promise((resolve, reject) => {
        tasks.push({ task, resolve, reject });
        loop ??= run().finally(() => (loop = undefined));
      });
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    const edited = store.editItem('a', async () => {
      const own = add(async () => pause(10, 'edited'));
      begin();
      return own;
    });
    await begun;
    // Added outside the callback, and run by the loop after the callback's task.
    const others = add(() => store.setItem('a', 'other code'));
    assert.equal(await edited, 'edited');
    await others;
    assert.equal(await store.getItem('a'), 'other code');
  },
  'an event that other code sends': async (store) => {
    const events = new EventEmitter();
    const others = (async () => {
      await once(events, 'go');
      events.emit('done', 'edited');
      await store.setItem('a', 'other code');
    })();
    const edited = store.editItem('a', async () => {
      const done = once(events, 'done');
      events.emit('go');
      return (await done)[0];
    });
    assert.equal(await edited, 'edited');
    await others;
    assert.equal(await store.getItem('a'), 'other code');
  },
};

for (const [way, run] of Object.entries(INNOCENT)) {
  test(`no deadlock is reported for ${way}`, async (t) => {
    await run(temporaryStore(t, { lockTimeout: Infinity }));
  });
}
