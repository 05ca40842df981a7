'use strict';

// The examples of docs/POSTGRES.md run in their order on a database, and print what the document
// shows.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { Console } = require('node:console');
const fs = require('node:fs');
const path = require('node:path');
const { Writable } = require('node:stream');
const test = require('node:test');
const { executable } = require('../support/command');
const { PersistLock } = require('../../postgres');
const { temporaryFolder } = require('../support/folders');
const { withoutServer } = require('../support/postgres/binaries');
const { query, sharedServer } = require('../support/postgres/servers');
const { collected } = require('../support/processes');
const { otherModules } = require('../support/runtime');

const document = fs.readFileSync(
  path.resolve(__dirname, '..', '..', 'docs', 'POSTGRES.md'),
  'utf8',
);
const blocks = Array.from(
  document.matchAll(/^```(js|sql|console)\n(.*?)^```$/gms),
  ([, kind, text]) => ({ kind, text }),
);
const onWindows = process.platform === 'win32';
const AsyncFunction = (async () => {}).constructor;

/** Runs `use` with the URL of a new database and the name of a new role. */
async function withDatabase(use) {
  const { url } = await sharedServer();
  const [name, role] = ['documents', 'app'].map((kind) => {
    return `${kind}_${randomBytes(6).toString('hex')}`;
  });
  await query(url, `CREATE DATABASE ${name}`);
  process.env.DATABASE_URL = Object.assign(new URL(url), { pathname: name }).href;
  try {
    await use(process.env.DATABASE_URL, role);
  } finally {
    delete process.env.DATABASE_URL;
    await query(url, `DROP DATABASE ${name} WITH (FORCE)`);
    // A role belongs to the whole server.
    await query(url, `DROP ROLE IF EXISTS ${role}`);
  }
}

/** Runs code whose lines announce its output by `//`. */
async function runCode(code) {
  let printed = '';
  const stdout = new Writable({
    write(chunk, encoding, done) {
      printed += chunk;
      done();
    },
  });
  const store = new PersistLock({ connectionString: process.env.DATABASE_URL });
  const modules = { 'persist-lock/postgres': { PersistLock } };
  const known = {
    console: new Console(stdout),
    require: (name) => modules[name] ?? require(name),
    store,
    PersistLock,
  };
  // Those that the example declares are its own.
  const names = Object.keys(known).filter(
    (name) => !new RegExp(`const .*\\b${name}\\b.* =`).test(code),
  );
  try {
    await new AsyncFunction(...names, code)(...names.map((name) => known[name]));
  } finally {
    await store.close();
  }
  const said = Array.from(code.matchAll(/; \/\/ (.*)$/gm), ([, text]) => `${text}\n`);
  assert.equal(printed, said.join(''));
}

/** Runs commands whose output follows them. */
async function runCommands(t, text) {
  const cwd = temporaryFolder(t);
  const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${executable}' "$@"\n`;
  fs.mkdirSync(path.join(cwd, 'bin'));
  fs.writeFileSync(path.join(cwd, 'bin', 'npx'), npx, { mode: 0o755 });
  const env = { ...process.env, PATH: `${path.join(cwd, 'bin')}:${process.env.PATH}` };
  for (const example of text.split(/^\$ /m).slice(1)) {
    const end = example.indexOf('\n') + 1;
    const shell = spawn('sh', ['-c', `exec 2>&1; ${example.slice(0, end)}`], { cwd, env });
    shell.stdin.end();
    const { stdout } = await collected(shell).ended;
    assert.equal(stdout, example.slice(end), example);
  }
}

const skip = withoutServer || otherModules || (onWindows && 'needs the shell of a Unix system');

test('the examples of POSTGRES.md run', { skip }, async (t) => {
  await withDatabase(async (url, role) => {
    assert.ok(blocks.length > 10);
    for (const { kind, text } of blocks) {
      if (kind === 'js') await runCode(text);
      else if (kind === 'console') await runCommands(t, text);
      else await query(url, text.replace(/\bapp\b/g, role));
    }
    const connectionString = Object.assign(new URL(url), { username: role }).href;
    if (await isUnknown(connectionString)) {
      t.diagnostic('the pooler does not know the role');
      return;
    }
    const store = new PersistLock({ connectionString });
    try {
      await useAll(store);
    } finally {
      await store.close();
    }
  });
});

/** Returns true if a pooler has a list of users, and not this one. */
async function isUnknown(connectionString) {
  try {
    await query(connectionString, 'SELECT');
    return false;
  } catch (error) {
    if (error.code === '08P01') return true;
    throw error;
  }
}

/** Makes calls of all kinds, for which the privileges must suffice. */
async function useAll(store) {
  const changes = store.watch({ prefix: 'watched' });
  const many = Array.from({ length: 300 }, (_, at) => [`many ${at}`, at]);
  const change = changes.next();
  await store.setItems([['watched', 1], ...many]);
  assert.equal((await change).value.key, 'watched');
  await changes.return();
  await store.editItem('watched', async (value) => value + 1, { ttl: 60_000 });
  assert.deepEqual(await store.locks(), []);
  await store.removeExpiredItems();
  await store.clear();
  assert.equal(await store.length(), 0);
}
