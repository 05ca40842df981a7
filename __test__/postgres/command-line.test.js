'use strict';

// The command line on the URL of a database. `moving-house.test.js` copies stores.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, startCommand, succeed, withStore } = require('../support/command');
const { PersistLock } = require('../../postgres');
const { temporaryFolder } = require('../support/folders');
const { oddItems, putOddItems } = require('../support/odd-items');
const { withoutServer } = require('../support/postgres/binaries');
const { newSchema, query, sharedServer } = require('../support/postgres/servers');
const { runScript } = require('../support/processes');
const { inTerminal, startInTerminal } = require('../support/terminal');

const root = path.resolve(__dirname, '..', '..');
const options = { skip: withoutServer };

/** Makes an empty schema; resolves with the URL that names it. */
async function newPlace(t) {
  const { url } = await sharedServer();
  return `${url}?schema=${await newSchema(t, url)}`;
}

/** Lists the tables in the schema of a URL. */
async function tablesIn(place) {
  const { searchParams } = new URL(place);
  const rows = await query(
    place.split('?')[0],
    'SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
    [searchParams.get('schema')],
  );
  return rows.map(({ tablename }) => tablename);
}

/** Uses the store of a URL as a program does, and closes it. */
async function withProgram(place, use) {
  const [connectionString, parameters] = place.split('?');
  const schema = new URLSearchParams(parameters).get('schema');
  const store = new PersistLock({ connectionString, schema });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

test('commands work on a database as on a folder', options, async (t) => {
  const place = await newPlace(t);
  const run = (...args) => succeed([...args, '-d', place]);
  assert.equal(await run('set', 'user', '{"name":"Ada", "big":12345678901234567890}'), '');
  assert.equal(await run('set', '--string', 'motto', 'Nothing lost'), '');
  assert.equal(await run('get', 'user'), '{"name":"Ada", "big":12345678901234567890}\n');
  assert.equal(await run('get', '--raw', 'motto'), 'Nothing lost\n');
  assert.equal(await run('keys'), '"motto"\n"user"\n');
  assert.equal(await run('keys', '--reverse', '--limit', '1'), '"user"\n');
  assert.equal(await run('cat', '--prefix', 'm'), '{"key":"motto","value":"Nothing lost"}\n');
  assert.equal(await run('ttl', 'user'), '{"expires":null}\n');
  const { expires, left } = JSON.parse(await run('touch', 'motto', '1h'));
  assert.match(left, /^(1h|59m)/);
  assert.deepEqual(JSON.parse(await run('ttl', 'motto')).expires, expires);
  await withProgram(place, async (store) => {
    assert.equal(await store.getItem('motto'), 'Nothing lost');
    await store.setItem('by a program', [1]);
  });
  assert.equal(await run('get', 'by a program'), '[1]\n');
  assert.equal(await run('remove', 'motto', 'user'), '{"removed":2}\n');
  assert.equal(await run('clear', '--yes'), '{"removed":1}\n');
  assert.equal(await run('locks'), '');
  const { store, ...sizes } = JSON.parse(await run('stat'));
  assert.deepEqual(sizes, { items: 0, expired: 0 });
  assert.match(store, /^postgres:.*schema=/);
});

test(
  'items expire by the clock of the server, whatever that of the command is',
  options,
  async (t) => {
    const [folder, place] = [temporaryFolder(t), await newPlace(t)];
    const clock = path.join(folder, 'clock.js');
    fs.writeFileSync(clock, 'const now = Date.now; Date.now = () => now() + 86_400_000;');
    const env = {
      ...process.env,
      NODE_OPTIONS: `--require ${clock}`,
      VISUAL: 'sed -i.orig s/3/4/',
    };
    const run = (...args) => succeed([...args, '-d', place], { env });
    await run('set', 'a', '1', '--ttl', '1h');
    await run('set', 'b', '2');
    await run('touch', 'b', '1h');
    await run('set', 'c', '3');
    await run('edit', 'c', '--ttl', '1h');
    const rows = await query(
      place.split('?')[0],
      `SELECT expires - extract(epoch FROM now()) * 1000 AS left
      FROM ${new URL(place).searchParams.get('schema')}.persist_lock`,
    );
    assert.equal(rows.length, 3);
    for (const { left } of rows) assert.ok(left > 3_500_000 && left <= 3_600_000, left);
  },
);

test('import and cat keep the text of items of every kind', options, async (t) => {
  const [folder, place] = [temporaryFolder(t), await newPlace(t)];
  await putOddItems(folder);
  await putOddItems(place);
  assert.equal(await succeed(['cat', '-d', place]), await succeed(['cat', '-d', folder]));
  const { items } = JSON.parse(await succeed(['stat', '-d', place]));
  assert.equal(items, oddItems.length);
});

test('restore replaces the items of a database', options, async (t) => {
  const [folder, place] = [temporaryFolder(t), await newPlace(t)];
  const file = path.join(folder, 'backup.jsonl');
  await withStore(folder, async (store) => {
    await store.setItems(Array.from({ length: 1000 }, (_, at) => [`key ${at}`, at]));
    await store.backup(file);
  });
  await succeed(['set', 'other', '1', '-d', place]);
  const { stderr, code } = await command(['restore', file, '-d', place]);
  assert.equal(code, 2);
  assert.match(stderr, /This removes the item of the store\./);
  assert.equal(await succeed(['restore', file, '--yes', '-d', place]), '{"restored":1000}\n');
  assert.equal(await succeed(['cat', '-d', place]), await succeed(['cat', '-d', folder]));
});

test('edit changes an item under its lock', options, async (t) => {
  const place = await newPlace(t);
  await succeed(['set', 'limits', '{"requests":100}', '-d', place]);
  const env = { ...process.env, VISUAL: 'sed -i.orig s/100/200/' };
  assert.equal(await succeed(['edit', 'limits', '-d', place], { env }), '{"changed":true}\n');
  assert.equal(await succeed(['get', 'limits', '-d', place]), '{"requests":200}\n');
});

test('locks lists the lock of a program', options, async (t) => {
  const place = await newPlace(t);
  await withProgram(place, async (store) => {
    await store.editItem('a', async () => {
      const lines = (await succeed(['locks', '-d', place])).trim().split('\n');
      const locks = lines.map((line) => JSON.parse(line));
      const [lock] = locks.filter(({ kind }) => kind === 'edit');
      // The server knows hashes of keys.
      const { key, waiting, process: holder } = lock;
      assert.deepEqual(
        { key, waiting, holder },
        { key: undefined, waiting: false, holder: { pid: process.pid } },
      );
      return 1;
    });
  });
});

test('watch prints the changes of programs', options, async (t) => {
  const place = await newPlace(t);
  await withProgram(place, async (store) => {
    await store.setItem('a', 1);
    const watch = startCommand(['watch', '--initial', '-d', place]);
    t.after(() => watch.kill('SIGKILL'));
    const lines = [];
    let rest = '';
    const has = new Promise((resolve) => {
      watch.stdout.on('data', (text) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop();
        lines.push(...parts.map((line) => JSON.parse(line)));
        if (lines.length === 1) store.setItem('b', { c: 2 });
        if (lines.length === 2) resolve();
      });
    });
    await has;
    watch.kill('SIGTERM');
    assert.equal((await watch.ended).code, 0);
    assert.deepEqual([lines[0].key, lines[0].value, lines[0].initial], ['a', 1, true]);
    assert.deepEqual([lines[1].key, lines[1].value], ['b', { c: 2 }]);
  });
});

test('PERSIST_LOCK_DIR may name a database, and the URL a table', options, async (t) => {
  const place = `${await newPlace(t)}&table=other%20items`;
  const env = { ...process.env, PERSIST_LOCK_DIR: place.replace('postgres:', 'postgresql:') };
  await succeed(['set', 'a', '1'], { env });
  assert.equal(await succeed(['keys'], { env }), '"a"\n');
  assert.ok((await tablesIn(place)).includes('other items'));
  assert.equal(await succeed(['get', 'a', '-d', place]), '1\n');
});

test('commands that read make no tables, and say that there is no store', options, async (t) => {
  const place = await newPlace(t);
  const lines = [
    'get a',
    'keys',
    'cat',
    'ttl a',
    'touch a 1h',
    'remove a',
    'clear -y',
    'stat',
    'locks',
    'watch',
  ];
  for (const line of lines) {
    const { stdout, stderr, code } = await command([...line.split(' '), '-d', place]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 }, line);
    const [address, schema] = place.split('?');
    const named = `${address.replace(/:[^:@/]*@/, '@')}?${schema}`;
    assert.ok(stderr.startsWith(`persist-lock: There is no store in ${named}. `), stderr);
  }
  assert.deepEqual(await tablesIn(place), []);
});

test('commands on files say so', options, async (t) => {
  const place = await newPlace(t);
  for (const line of ['verify', 'repair', 'compact', 'backup file.jsonl']) {
    const { stdout, stderr, code } = await command([...line.split(' '), '-d', place]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 }, line);
    const [name] = line.split(' ');
    assert.match(
      stderr,
      new RegExp(
        `^persist-lock: The option --dir names a database, and the command ${name} works on`,
      ),
    );
  }
  assert.deepEqual(await tablesIn(place), []);
});

test('schema prints tables that programs can use', options, async (t) => {
  const place = await newPlace(t);
  const [address] = place.split('?');
  const schema = new URL(place).searchParams.get('schema');
  const tables = await succeed(['schema', '--schema', schema, '--table', 'a "b"']);
  await query(address, tables);
  const made = await tablesIn(place);
  assert.ok(made.includes('a "b"'));
  await succeed(['set', 'a', '1', '-d', `${place}&table=a%20%22b%22`]);
  assert.deepEqual(await tablesIn(place), made);
  assert.match(await succeed(['schema']), /^CREATE TABLE IF NOT EXISTS "public"."persist_lock" \(/);
  const { stderr, code } = await command(['schema', '--table', 'x'.repeat(64)]);
  assert.equal(code, 1);
  assert.match(stderr, /The "table" option must be a name of 1 to \d+ bytes/);
});

test('no message has the password of a URL', options, async (t) => {
  const { url } = await sharedServer();
  const { host } = new URL(url);
  const secret = 's3cr3t';
  const urlsOf = (user) => [
    `postgres://${user}@${host}/no_such_database`,
    `postgres://${user}@${host}/postgres?schema=no_such_schema`,
    `postgres://${user}@${host}/postgres?schema=`,
    `postgres://${user}@${host}/postgres?table=${'x'.repeat(100)}`,
    `postgres://${user}@no-such-host.invalid/postgres`,
    `postgres://${user}@${host}:port/postgres`,
    `postgres:${user}@${host}/postgres`,
    `postgresql://${user}@[/postgres`,
  ];
  const urls = [
    ...urlsOf(`no_such_role:${secret}`),
    ...urlsOf(`postgres:a@${secret}`),
    ...urlsOf(`postgres:a%40${secret}%`),
    `postgres://postgres@${host}/no_such_database?password=${secret}`,
    `postgres://postgres@${host}/no_such_database?a=b&sslpassword=${secret}`,
  ];
  const from = await newPlace(t);
  const lines = urls.flatMap((place) => [
    ['set', 'a', '1', '-d', place],
    ['verify', '-d', place],
    ['copy', '--from', place, '--to', from],
    [place],
    ['kyes', place],
  ]);
  const told = await Promise.all(lines.map((args) => command(args)));
  for (const [at, { stdout, stderr, code }] of told.entries()) {
    assert.notEqual(code, 0, lines[at].join(' '));
    assert.match(stderr, /^persist-lock: [^\n]+\n$/);
    assert.ok(!(stdout + stderr).includes(secret), `${lines[at].join(' ')}: ${stderr}`);
  }
});

test('commands on databases need no addon', options, async (t) => {
  const [folder, place] = [temporaryFolder(t), await newPlace(t)];
  for (const name of ['bin', 'lib', 'package.json']) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  const run = (...args) => runScript([path.join(folder, 'bin', 'persist-lock.js'), ...args]);
  const without = await run('set', 'a', '1', '-d', place);
  assert.deepEqual({ stdout: without.stdout, code: without.code }, { stdout: '', code: 1 });
  assert.match(without.stderr, /^persist-lock: The package pg, .* npm install pg/);
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  for (const line of ['set a 1', 'get a', 'keys', 'cat', 'stat', 'locks', 'remove a', 'schema']) {
    const args = line === 'schema' ? ['schema'] : [...line.split(' '), '-d', place];
    const { stderr, code } = await run(...args);
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 }, line);
  }
});

test('on a terminal clear asks', { skip: options.skip || inTerminal.skip }, async (t) => {
  const place = await newPlace(t);
  await succeed(['set', 'a', '1', '-d', place]);
  const asking = startInTerminal(['clear', '-d', place]);
  await asking.shows('Remove the item of the store? [y/N] ');
  asking.type('n\n');
  assert.equal((await asking.ended).code, 1);
  assert.equal(await succeed(['get', 'a', '-d', place]), '1\n');
});
