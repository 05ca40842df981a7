'use strict';

// Watching over PostgreSQL: the log of changes, its horizon, and the registration of those who watch.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { short, take, takeShort } = require('../support/changes');
const { withoutServer: skip } = require('../support/postgres/binaries');
const {
  close,
  iterate,
  newPlace,
  open,
  sql,
  watch,
  watchSource,
  write,
} = require('../support/postgres/parts');
const { until } = require('../support/waiting');
const PersistLock = require('../../postgres');

/** Resolves once a watcher has begun, whose changes are none yet. */
async function begun(parts, watcher) {
  const marks = await write(parts, [['mark', 0]]);
  let change;
  do [change] = await take(watcher, 1);
  while (change.commit < marks);
}

test('a watcher is told what its own instance commits after the call', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const watcher = watch(parts);
  const first = await write(parts, [
    ['a', { x: 1 }],
    ['b', 2],
  ]);
  const other = watch(parts);
  const second = await write(parts, [['a', undefined]]);
  const told = { expires: null, removed: false, initial: false, merged: false };
  const removal = { ...told, key: 'a', value: undefined, removed: true, commit: second };
  assert.deepEqual(await take(other, 1), [removal]);
  const changes = [];
  do changes.push(...(await take(watcher, 1)));
  while (changes.at(-1).commit !== second);
  assert.deepEqual(
    changes.find(({ key }) => key === 'b'),
    { ...told, key: 'b', value: 2, commit: first },
  );
  assert.deepEqual({ ...changes.at(-1), merged: false }, removal);
});

test('commits of a key that were not read yet are told as one', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const [slow, quick] = [watch(parts), watch(parts)];
  await begun(parts, quick);
  await write(parts, [['a', 1]]);
  await write(parts, [['b', 2]]);
  const commit = await write(parts, [['a', 3]]);
  while ((await take(quick, 1))[0].commit !== commit);
  const changes = await take(slow, 3);
  assert.deepEqual(changes.map(short), ['mark=0', 'b=2', 'a=3']);
  assert.deepEqual(
    changes.map(({ merged }) => merged),
    [false, false, true],
  );
  assert.equal(changes[2].commit, commit);
});

test('a watcher that waits is told each commit of other instances', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const watcher = watch(parts);
  const other = open(t, place);
  await begun(parts, watcher);
  for (let at = 0; at < 20; at++) {
    const told = takeShort(watcher, 1);
    await write(other, [['a', at]]);
    assert.deepEqual(await told, [`a=${at}`]);
  }
});

test('a watcher of a key or a prefix is told nothing else', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const long = 'x'.repeat(850);
  const choices = {
    key: { key: 'user:1' },
    prefix: { prefix: 'user:' },
    cut: { prefix: '\ud83d' },
    long: { prefix: `${long}a` },
    longKey: { key: `${long}ab` },
  };
  const watchers = Object.entries(choices).map(([name, choice]) => [name, watch(parts, choice)]);
  for (const key of ['user', 'user:1', 'user:10', '😀', '\ud83d', '😀x', `${long}b`, `${long}ab`]) {
    await write(parts, [[key, 1]]);
  }
  const told = {};
  const takes = { key: 1, prefix: 2, cut: 3, long: 1, longKey: 1 };
  for (const [name, watcher] of watchers) {
    told[name] = (await take(watcher, takes[name])).map(({ key }) => key);
  }
  assert.deepEqual(told, {
    key: ['user:1'],
    prefix: ['user:1', 'user:10'],
    cut: ['😀', '\ud83d', '😀x'],
    long: [`${long}ab`],
    longKey: [`${long}ab`],
  });
});

test('lines have the stored texts, and what is told of each', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  await write(parts, [['a', 1]]);
  const source = parts.watches.watch({ prefix: '', initial: true, lines: true, keepAlive: false });
  const first = await source.next();
  assert.match(first, /^\{"key":"a","value":1,"commit":\d+,"initial":true\}$/);
  const commit = await write(parts, [['b', 2]], { expires: 5 });
  const last = await write(parts, [
    ['a', undefined],
    ['c\n', 'x'],
  ]);
  const lines = [];
  while (lines.length < 3) lines.push(...(await source.next()).split('\n'));
  assert.deepEqual(lines, [
    `{"key":"b","value":2,"expires":5,"commit":${commit}}`,
    `{"key":"a","removed":true,"commit":${last}}`,
    `{"key":"c\\n","value":"x","commit":${last}}`,
  ]);
  source.end();
});

test('with initial, items and changes have no gap while others write', { skip }, async (t) => {
  const place = await newPlace(t);
  const writer = open(t, place);
  const parts = open(t, place);
  const state = new Map();
  let isOver = false;
  const writing = (async () => {
    for (let at = 0; !isOver; at++) {
      const entries = [0, 1, 2].map((each) => {
        return [`key ${(at * 7 + each) % 200}`, at % 5 === 4 ? undefined : at];
      });
      await write(writer, entries);
      for (const [key, value] of entries) {
        if (value === undefined) state.delete(key);
        else state.set(key, value);
      }
    }
    await write(writer, [['z last', 1]]);
  })();
  const watchers = [];
  for (let at = 0; at < 6; at++) {
    watchers.push(mirror(watch(parts, { initial: true })));
    await write(parts, [[`own ${at}`, at]]);
    state.set(`own ${at}`, at);
  }
  isOver = true;
  await writing;
  state.set('z last', 1);
  for (const mirrored of watchers) {
    assert.deepEqual(new Map([...(await mirrored)].sort()), new Map([...state].sort()));
  }
});

/** Keeps the items that a watcher tells of, until the item `z last`. */
async function mirror(watcher, items = new Map()) {
  let commit = 0;
  for await (const change of watcher) {
    assert.ok(change.commit >= commit, `${change.commit} after ${commit}`);
    ({ commit } = change);
    if (change.removed) items.delete(change.key);
    else items.set(change.key, change.value);
    if (change.key === 'z last') return items;
  }
  throw new Error('the watcher has ended');
}

test('with since, everything after a commit is told', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const watcher = watch(parts);
  await begun(parts, watcher);
  const commits = [];
  for (let at = 0; at < 3; at++)
    commits.push(
      await write(parts, [
        [`a${at}`, at],
        [`b${at}`, at],
      ]),
    );
  assert.equal((await take(watcher, 6)).at(-1).commit, commits[2]);
  await watcher.return();
  for (const [at, commit] of commits.entries()) {
    const again = watch(parts, { since: commit });
    const told = (await take(again, 2 * (2 - at))).map((change) => change.commit);
    assert.deepEqual(
      told,
      commits.slice(at + 1).flatMap((each) => [each, each]),
    );
    await again.return();
    const whole = watch(parts, { since: commit - 1 });
    assert.deepEqual(await takeShort(whole, 2), [`a${at}=${at}`, `b${at}=${at}`]);
    await whole.return();
  }
  const now = watch(parts, { since: commits[2] });
  const rest = now.next();
  await write(parts, [['z', 1]]);
  assert.equal(short((await rest).value), 'z=1');
  await assert.rejects(watch(parts, { since: commits[2] + 1e6 }).next(), {
    name: 'RangeError',
    code: 'ERR_PERSIST_LOCK_INVALID_OPTION',
  });
  await assert.rejects(watch(parts, { since: 3 }).next(), {
    code: 'ERR_PERSIST_LOCK_COMPACTED',
    message: /^The log of changes does not have the changes after commit 3: /,
  });
});

test('the log is written only while somebody watches', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const count = async () => {
    const [{ rows }] = await sql(place, `SELECT count(*)::int AS rows FROM ${parts.names.changes}`);
    return rows;
  };
  const before = await write(parts, [['a', 1]]);
  assert.equal(await count(), 0);
  const watcher = watch(parts);
  await write(parts, [['a', 2]]);
  assert.deepEqual(await takeShort(watcher, 1), ['a=2']);
  assert.equal(await count(), 1);
  // Its registration holds for some minutes, and nobody else has one.
  await watcher.return();
  await sql(place, `UPDATE ${parts.names.watchers} SET renewed = now() - interval '301 seconds'`);
  const missed = await write(parts, [['a', 3]]);
  assert.equal(await count(), 1);
  for (const since of [before, missed - 1]) {
    await assert.rejects(watch(parts, { since }).next(), { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  }
  const again = watch(open(t, place));
  const commit = await write(parts, [['a', 4]]);
  const after = watch(parts, { since: commit - 1 });
  assert.deepEqual(await takeShort(after, 1), ['a=4']);
  await again.return();
});

test('a watcher whose registration has lapsed ends, and a new one begins', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const other = open(t, place);
  const watcher = watch(parts);
  await write(parts, [['a', 1]]);
  await take(watcher, 1);
  const next = watcher.next();
  await sql(place, `UPDATE ${parts.names.watchers} SET renewed = now() - interval '301 seconds'`);
  await write(other, [['a', 2]]);
  await assert.rejects(next, { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  const again = watch(parts);
  await write(parts, [['a', 3]]);
  assert.deepEqual(await takeShort(again, 1), ['a=3']);
});

test(
  'a registration that came with a dump of another server is not joined',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    await write(parts, [['a', 1]]);
    await sql(
      place,
      `INSERT INTO ${parts.names.watchers} (id, renewed, since)
      VALUES (1, now(), (pg_current_xact_id()::text::bigint + 1000000)::text::xid8)`,
    );
    const watcher = watch(parts);
    await begun(parts, watcher);
    await write(parts, [['a', 2]]);
    assert.deepEqual(await takeShort(watcher, 1), ['a=2']);
  },
);

test('a commit sends a message to other processes, if somebody watches', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const listener = await parts.connections.makeExtra();
  if (listener.isPooled) {
    t.skip('a pooler passes no messages');
    return;
  }
  const messages = [];
  listener.onNotification((channel, payload) => messages.push([channel, payload]));
  await listener.run([{ text: `LISTEN ${parts.names.channel}` }]);
  await write(parts, [['a', 1]]);
  await parts.changeLog.finish();
  const watcher = watch(parts);
  await begun(parts, watcher);
  await parts.changeLog.finish();
  await listener.run([{ text: 'SELECT 1' }]);
  assert.deepEqual(messages, [[parts.names.channel, '']]);
});

test(
  'what was committed before a call is not told, also if an older commit is under way',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    await begun(parts, watch(parts));
    let watcher;
    await write(other, [['older', 1]], {
      before: async () => {
        await write(parts, [['before', 2]]);
        const source = watchSource(parts);
        watcher = iterate(source);
        // Otherwise it may begin after the older commit, of which it is not told then.
        await until(() => source.hasBegun);
        await write(parts, [['after', 3]]);
      },
    });
    await write(parts, [['end', 4]]);
    const told = [];
    for await (const { key } of watcher) {
      told.push(key);
      if (key === 'end') break;
    }
    assert.deepEqual(told, ['older', 'after', 'end']);
  },
);

test(
  'changes wait for commits of the store under way, and for no other transaction',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    const watcher = watch(parts);
    await begun(parts, watcher);
    const foreign = await parts.connections.makeExtra();
    await foreign.run([{ text: 'BEGIN' }, { text: 'SELECT pg_current_xact_id()' }]);
    await write(parts, [['a', 1]]);
    assert.deepEqual(await takeShort(watcher, 1), ['a=1']);
    // The first of two commits ends last.
    let first;
    const told = [];
    await write(other, [['first', 1]], {
      before: async () => {
        first = watcher.next().then(({ value }) => told.push(short(value)));
        await write(parts, [['second', 2]]);
        await write(parts, [['third', 3]]);
        assert.deepEqual(told, []);
      },
    });
    await first;
    told.push(...(await takeShort(watcher, 2)));
    assert.deepEqual(told, ['first=1', 'second=2', 'third=3']);
    await foreign.run([{ text: 'ROLLBACK' }]);
  },
);

test(
  'a watcher begins once no commit is under way that may have overlooked it',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const { connections, changeLog, keys, names } = open(t, place);
    await write(parts, [['before', 0]]);
    const connection = await connections.take();
    const id = keys.idOf('late');
    await connection.run([
      ...connection.begin(),
      { text: `SELECT pg_advisory_xact_lock_shared(${keys.storeLock}), pg_current_xact_id()` },
      { text: `INSERT INTO ${names.table} VALUES ($1, NULL, '1', NULL, 1)`, values: [id] },
      changeLog.record([id], [null]),
    ]);
    const told = [];
    const watchers = [];
    // The second one joins the log of the first, which has not begun.
    for (const each of [parts, open(t, place)]) {
      const watcher = watch(each, { initial: true });
      watchers.push(takeShort(watcher, 2).finally(() => told.push(watcher)));
      const registered = `SELECT 1 FROM ${names.watchers} WHERE since < '9223372036854775807'`;
      while ((await sql(place, registered)).length < watchers.length);
      for (let at = 0; at < 20; at++) await sql(place, registered);
    }
    const early = told.length;
    await connection.run([{ text: 'COMMIT' }]);
    connections.giveBack(connection);
    assert.equal(early, 0);
    for (const watcher of watchers) assert.deepEqual(await watcher, ['before=0', 'late=1']);
  },
);

test('a turn that has its number after a watcher has registered records', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(parts, [['before', 0]]);
  const count = `SELECT count(*)::int AS count FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted AND database =
      (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = ${parts.keys.storeLock}::bigint`;
  const changes = {
    edit: (store) => store.editItem('a', () => 1),
    set: (store) => store.setItem('a', 1),
    several: (store) => store.editItems(['a', 'b'], () => [['a', 1]]),
  };
  for (const [name, change] of Object.entries(changes)) {
    await sql(place, `DELETE FROM ${parts.names.watchers}`);
    await sql(place, `DELETE FROM ${parts.names.table} WHERE id <> $1`, [
      parts.keys.idOf('before'),
    ]);
    const store = new PersistLock(place);
    t.after(() => store.close());
    await store.init();
    // The turn waits for W, and has no number before.
    const connection = await parts.connections.makeExtra();
    await connection.run([
      ...connection.begin(),
      { text: `SELECT pg_advisory_xact_lock(${parts.keys.storeLock})` },
    ]);
    const changed = change(store);
    while ((await sql(place, count))[0].count === 0);
    const watcher = watch(open(t, place), { initial: true });
    assert.deepEqual(await takeShort(watcher, 1), ['before=0']);
    await connection.run([{ text: 'COMMIT' }]);
    await changed;
    await store.setItem('end', 2);
    assert.deepEqual(await takeShort(watcher, 1), ['a=1'], name);
    await watcher.return();
    parts.connections.destroy(connection);
  }
});

test('an edit that goes on while another is refused is told', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  await write(parts, [['a', 1]]);
  const watcher = watch(parts);
  await begun(parts, watcher);
  const store = new PersistLock(place);
  t.after(() => store.close());
  let edited;
  const finish = await new Promise((begin) => {
    edited = store.editItem('b', () => new Promise((result) => begin(result)));
  });
  // Its statement waits for the row, which then has another version than it has read.
  const connection = await parts.connections.makeExtra();
  await connection.run([
    ...connection.begin(),
    { text: `UPDATE ${parts.names.table} SET version = 7` },
  ]);
  const refused = assert.rejects(
    store.editItem('a', () => 2),
    { code: 'ERR_PERSIST_LOCK_LOCK_LOST' },
  );
  const waits = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
    AND ${connection.backend} = ANY(pg_blocking_pids(pid))`;
  while ((await sql(place, waits)).length === 0);
  await connection.run([{ text: 'COMMIT' }]);
  parts.connections.destroy(connection);
  await refused;
  // A later commit is told before the edit that goes on has ended.
  await write(parts, [['c', 3]]);
  assert.deepEqual(await takeShort(watcher, 1), ['c=3']);
  finish(4);
  await edited;
  await write(parts, [['d', 5]]);
  assert.deepEqual(await takeShort(watcher, 1), ['b=4']);
});

test('watchers go on where they were when their connection is lost', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const other = open(t, place);
  const watcher = watch(parts);
  await begun(parts, watcher);
  for (let at = 0; at < 5; at++) {
    const told = takeShort(watcher, 1);
    await sql(
      place,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1
        AND query ~ 'persist_lock_|horizon|pl_' AND pid <> pg_backend_pid()`,
      [`persist-lock %:${process.pid}`],
    ).catch(() => {});
    for (;;) {
      try {
        await write(other, [['a', at]]);
        break;
      } catch {
        // Its connection was ended too.
      }
    }
    assert.deepEqual(await told, [`a=${at}`]);
  }
});

test('watchers that have begun outlive a server with too many connections', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const { connections } = parts;
  const makeExtra = connections.makeExtra.bind(connections);
  let made = await makeExtra();
  connections.makeExtra = async () => made;
  const watcher = watch(parts);
  await begun(parts, watcher);
  const refused = Object.assign(new Error('too many clients'), { code: '53300' });
  let refusals = 0;
  const late = [];
  connections.makeExtra = async () => {
    if (++refusals === 1) late.push(watch(parts, { key: 'late' }));
    if (refusals < 4) throw refused;
    return (made = await makeExtra());
  };
  const told = takeShort(watcher, 1);
  await connections.destroy(made);
  await write(parts, [['a', 1]]);
  assert.deepEqual(await told, ['a=1']);
  // One that has not begun is told why.
  await assert.rejects(late[0].next(), { code: '53300' });
});

test('a store closes while its watchers wait for a connection', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const { connections } = parts;
  const makeExtra = connections.makeExtra.bind(connections);
  let made;
  connections.makeExtra = async () => (made = await makeExtra());
  const watcher = watch(parts);
  await begun(parts, watcher);
  const connecting = new Promise((resolve) => {
    connections.makeExtra = () => {
      resolve();
      return new Promise(() => {});
    };
  });
  const next = watcher.next();
  await connections.destroy(made);
  await connecting;
  await close(parts);
  assert.deepEqual(await next, { done: true, value: undefined });
});

test(
  'through a pooler, which passes no messages, watchers look by themselves',
  { skip },
  async (t) => {
    const place = await newPlace(t);
    const parts = open(t, place);
    const other = open(t, place);
    const { connections } = parts;
    const makeExtra = connections.makeExtra.bind(connections);
    const sent = [];
    connections.makeExtra = async () => {
      const connection = await makeExtra();
      connection.isPooled = true;
      const run = connection.run.bind(connection);
      connection.run = (statements) => {
        sent.push(...statements.map(({ text }) => text));
        return run(statements);
      };
      return connection;
    };
    const watcher = watch(parts);
    await begun(parts, watcher);
    const told = takeShort(watcher, 1);
    await write(other, [['a', 1]]);
    assert.deepEqual(await told, ['a=1']);
    assert.ok(!sent.some((text) => text.startsWith('LISTEN')));
  },
);

test('changes that are too old are trimmed, and those who lag are told', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const { changes, watchers } = parts.names;
  const slow = watch(parts);
  const quick = watch(parts);
  await begun(parts, quick);
  const old = await write(parts, [['a', 1]]);
  await take(quick, 1);
  await sql(place, `UPDATE ${changes} SET at = now() - interval '61 minutes'`);
  const kept = await write(parts, [['b', 1]]);
  await take(quick, 1);
  const { Registration } = require('../../lib/postgres/registration');
  const registration = new Registration(parts);
  const connection = await parts.connections.take();
  await registration.make(connection);
  t.mock.method(registration, 'isDue', () => true);
  await registration.renew(connection);
  parts.connections.giveBack(connection);
  const rows = await sql(place, `SELECT commit::text FROM ${changes}`);
  assert.deepEqual(rows, [{ commit: String(kept) }]);
  const since = await sql(place, `SELECT DISTINCT since::text FROM ${watchers}`);
  assert.deepEqual(since, [{ since: String(old + 1) }]);
  await assert.rejects(slow.next(), { code: 'ERR_PERSIST_LOCK_COMPACTED' });
  await assert.rejects(watch(parts, { since: old - 1 }).next(), {
    code: 'ERR_PERSIST_LOCK_COMPACTED',
  });
  assert.deepEqual(await takeShort(watch(parts, { since: old }), 1), ['b=1']);
  await write(parts, [['c', 1]]);
  assert.deepEqual(await takeShort(quick, 1), ['c=1']);
});

test('a large commit is told in parts, each item once', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const all = watch(parts);
  const some = watch(parts, { prefix: 'key 77' });
  const COUNT = 5000;
  await write(
    parts,
    Array.from({ length: COUNT }, (_, at) => [`key ${at}`, at]),
  );
  const last = await write(parts, [['key 77', 'last']]);
  const counts = [];
  for (const watcher of [all, some]) {
    const told = new Set();
    for await (const { key, commit } of watcher) {
      assert.ok(!told.has(key) || commit === last, key);
      told.add(key);
      if (commit === last) break;
    }
    counts.push(told.size);
  }
  assert.deepEqual(counts, [COUNT, 11]);
});

test('a slow watcher of large values takes few of them at once', { skip }, async (t) => {
  const parts = open(t, await newPlace(t));
  const source = parts.watches.watch({ prefix: '', initial: false, keepAlive: false });
  const value = Array.from({ length: 2 ** 17 }, () => Math.random().toString(36)[3] ?? 'x').join(
    '',
  );
  for (let at = 0; at < 40; at++) await write(parts, [[`key ${at}`, value]]);
  const lengths = [];
  while (lengths.reduce((sum, length) => sum + length, 0) < 40)
    lengths.push((await source.next()).length);
  assert.ok(lengths.length >= 3, `${lengths}`);
  source.end();
});

test('ten thousand watchers share one registration and one connection', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const COUNT = 10_000;
  const watchers = Array.from({ length: COUNT }, (_, at) => {
    return watch(parts, at % 2 === 0 ? {} : { key: `key ${at}` });
  });
  assert.equal(parts.watches.count, COUNT);
  const told = watchers.map((watcher) => watcher.next());
  await write(parts, [['key 1', 1]]);
  await Promise.all(told.filter((_, at) => at % 2 === 0 || at === 1));
  assert.deepEqual(await sql(place, `SELECT count(*)::int FROM ${parts.names.watchers}`), [
    { count: 1 },
  ]);
  for (const watcher of watchers) watcher.return();
  assert.equal(parts.watches.count, 0);
});

test('watchers end with the store, and a closed one has none', { skip }, async (t) => {
  const place = await newPlace(t);
  const parts = open(t, place);
  const watcher = watch(parts);
  const walk = parts.listings.parts('keys');
  await write(
    parts,
    Array.from({ length: 200 }, (_, at) => [`${at}`, at]),
  );
  await walk.next();
  const pending = watch(parts, { key: 'none' }).next();
  await take(watcher, 1);
  await close(parts);
  assert.deepEqual(await pending, { done: true, value: undefined });
  for await (const { key } of watcher) assert.notEqual(key, 'none');
  await assert.rejects(watch(parts).next(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await assert.rejects(
    (async () => {
      while (!(await walk.next()).done);
    })(),
    { code: 'ERR_PERSIST_LOCK_CLOSED' },
  );
});
