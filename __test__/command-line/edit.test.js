'use strict';

// edit: an item's value in the user's editor, under the item's lock.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, startCommand, succeed, withStore } = require('../support/command');
const { serveEditors } = require('../support/text-editor');
const { temporaryFolder } = require('../support/folders');
const { inTerminal, startInTerminal } = require('../support/terminal');
const { commits } = require('../support/store-files');
const { noShell, onWindows } = require('../support/system');

/** A store in a folder, with an item `key`, and a place for drafts. */
async function place(t, json = '{"a":1,"b":[]}', ...options) {
  const [folder, drafts] = [temporaryFolder(t), temporaryFolder(t)];
  await succeed(['set', 'key', json, '-d', folder, ...options]);
  const editors = await serveEditors(t);
  const env = { ...editors.env, TMPDIR: drafts, TEMP: drafts, TMP: drafts };
  const edit = (...args) => startCommand(['edit', '-d', folder, ...args], { env });
  const get = (key = 'key') => succeed(['get', key, '-d', folder]);
  return { folder, drafts, env, edit, get, opened: editors.opened };
}

const CHANGED = { stdout: '{"changed":true}\n', stderr: '', code: 0, signal: null };
const UNCHANGED = { ...CHANGED, stdout: '{"changed":false}\n' };

test('edit stores the text that the editor saves', async (t) => {
  const json = '{"name":"Ada","big":12345678901234567890,"list":[1,{}],"none":[]}';
  const { drafts, edit, get, opened } = await place(t, json);
  const editing = edit('key');
  const editor = await opened();
  assert.equal(
    editor.text,
    '{\n  "name": "Ada",\n  "big": 12345678901234567890,\n  "list": [\n    1,\n    {}\n  ],\n  "none": []\n}\n',
  );
  if (!onWindows) assert.equal(editor.mode & 0o777, 0o600);
  editor.save(editor.text.replace('Ada', 'A  d\\ta'));
  assert.deepEqual(await editing.ended, CHANGED);
  assert.equal(await get(), `${json.replace('Ada', 'A  d\\ta')}\n`);
  assert.deepEqual(fs.readdirSync(drafts), [], 'leaves no draft');
});

test('the same value is no commit, however it is laid out', async (t) => {
  const { folder, drafts, edit, opened } = await place(t);
  const { length } = commits(folder);
  const save = async (change, ...args) => {
    const editing = edit(...args);
    const editor = await opened();
    change(editor);
    assert.deepEqual(await editing.ended, UNCHANGED);
  };
  await save((editor) => editor.end(), 'key');
  await save((editor) => editor.save(editor.text), 'key');
  await save((editor) => editor.save('\ufeff{"a" :1,\r\n"b":[ ]}'), 'key');
  await save((editor) => editor.end(), 'new');
  await save((editor) => editor.end(), 'key', '--ttl', '1h');
  assert.equal(commits(folder).length, length);
  assert.equal(await succeed(['keys', '-d', folder]), '"key"\n');
  assert.deepEqual(fs.readdirSync(drafts), []);
});

test('an item that does not exist begins empty', async (t) => {
  const { edit, get, opened } = await place(t);
  const editing = edit('new', '--ttl', '1h');
  const editor = await opened();
  assert.equal(editor.text, '');
  editor.save('[\n1]\n');
  assert.deepEqual(await editing.ended, CHANGED);
  assert.equal(await get('new'), '[1]\n');
});

test('edit --string edits the text of a string', async (t) => {
  const { edit, get, opened } = await place(t, '"two\\nlines"');
  const change = async (from, to, stored) => {
    const editing = edit('--string', 'key');
    const editor = await opened();
    assert.equal(editor.text, from);
    editor.save(to);
    assert.deepEqual(await editing.ended, CHANGED);
    assert.equal(await get(), `${JSON.stringify(stored)}\n`);
  };
  await change('two\nlines\n', 'three\n"lines"\n', 'three\n"lines"');
  await change('three\n"lines"\n', 'no end', 'no end');
  await change('no end\n', 'empty line\n\n', 'empty line\n');
  await change('empty line\n\n', '', '');
  const { edit: editOther } = await place(t, '7');
  const { stderr, code } = await editOther('--string', 'key').ended;
  assert.equal(code, 1);
  assert.match(stderr, /^persist-lock: The value is no text\. Edit it as JSON, without --string/);
});

test('edit keeps the expiry of an item, or sets another', async (t) => {
  const { folder, edit, opened } = await place(t, '1', '--ttl', '2h');
  const expiry = async () => JSON.parse(await succeed(['ttl', 'key', '-d', folder])).expires;
  const change = async (to, ...args) => {
    const editing = edit('key', ...args);
    (await opened()).save(to);
    assert.deepEqual(await editing.ended, CHANGED);
  };
  const before = await expiry();
  await change('2');
  assert.equal(await expiry(), before);
  await change('3', '--ttl', '3h');
  assert.ok((await expiry()) > before);
  await change('4', '--ttl', 'never');
  assert.equal(await expiry(), null);
  const late = await edit('key', '--ttl', '9000000000000000').ended;
  assert.equal(late.code, 1, 'before the editor opens');
  assert.match(late.stderr, /^persist-lock: A ttl must end before the last time/);
});

test('the item is locked while the editor is open', async (t) => {
  const { folder, edit, get, opened } = await place(t, '1');
  const editing = edit('key');
  const editor = await opened();
  const set = (...args) => command(['set', '-d', folder, ...args]);
  const refused = await set('key', '2', '--lock-timeout', '0');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    new RegExp(`Waited 0 ms for the lock of .*key.*\\b${editing.pid}\\b`),
  );
  assert.equal((await set('other', '2', '--lock-timeout', '0')).code, 0);
  assert.equal(await get(), '1\n', 'reads wait for nothing');
  const waiting = withStore(folder, (store) => store.editItem('key', (value) => value + 1), {
    lockTimeout: Infinity,
  });
  editor.save('10');
  assert.deepEqual(await editing.ended, CHANGED);
  assert.equal(await waiting, 11);
});

test('edit waits for the lock before it opens the editor', async (t) => {
  const { folder, edit, opened } = await place(t, '1');
  await withStore(folder, (store) =>
    store.editItem('key', async () => {
      const { stderr, code } = await edit('key', '--lock-timeout', '1ms').ended;
      assert.equal(code, 1);
      assert.match(stderr, /^persist-lock: Waited 1 ms for the lock of [^\n]*\n$/);
      return 2;
    }),
  );
  const editing = edit('key');
  const editor = await opened();
  assert.equal(editor.text, '2\n');
  editor.end();
  assert.deepEqual(await editing.ended, UNCHANGED);
});

/** Checks that an edit has failed, and returns its message. */
async function messageOf(editing) {
  const { stdout, stderr, code } = await editing.ended;
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  const [, message] = stderr.match(/^persist-lock: ([^\n]*)\n$/);
  return message;
}

test('a text that cannot be stored stays in a file, and the message tells how to store it', async (t) => {
  const { edit, get, opened } = await place(t, '1');
  const wrong = {
    '{"a":1': /^The value is not JSON: .*\. Nothing is changed\. Your text is kept/,
    '{"a":1,"a":2}': /^The value has the field "a" twice\. Nothing is changed\./,
    '\n': /^The value is empty\. To remove an item, run: persist-lock remove KEY\. Nothing/,
    '"\xfc"': /^The value is not UTF-8\. Nothing is changed\./,
  };
  for (const [text, message] of Object.entries(wrong)) {
    const editing = edit('key');
    const bytes = Buffer.from(text, 'latin1');
    (await opened()).save(bytes);
    const told = await messageOf(editing);
    assert.match(told, message);
    const [, file] = told.match(/by: persist-lock set KEY - < (\S+)$/);
    assert.deepEqual(fs.readFileSync(file), bytes);
    assert.equal(await get(), '1\n');
  }
  const editing = edit('key', '--string');
  assert.match(await messageOf(editing), /no text/);
});

test('an editor that fails changes nothing', async (t) => {
  const { drafts, env, folder, edit, get, opened } = await place(t, '1');
  const failing = edit('key');
  (await opened()).end({ code: 3 });
  assert.match(
    await messageOf(failing),
    /^The editor ".*" ended with exit code 3\. Nothing is changed$/,
  );
  const missing = startCommand(['edit', 'key', '-d', folder], {
    env: { ...env, VISUAL: 'nosuch' },
  });
  const { stderr, code } = await missing.ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /persist-lock: The editor "nosuch" ended with exit code \d+.*Nothing is changed\n$/s,
  );
  assert.deepEqual(fs.readdirSync(drafts), []);
  const saving = edit('key');
  (await opened()).save('2', { code: 1 });
  assert.match(await messageOf(saving), /exit code 1\. Nothing is changed\. Your text is kept/);
  assert.equal(await get(), '1\n');
});

test('EDITOR is the editor without VISUAL, and may have options', { skip: noShell }, async (t) => {
  const { env, folder, get } = await place(t, '1');
  const editedBy = (variables) =>
    succeed(['edit', 'key', '-d', folder], { env: { ...env, ...variables } });
  await editedBy({ VISUAL: '', EDITOR: 'sed -i.orig s/1/2/' });
  assert.equal(await get(), '2\n');
  await editedBy({ VISUAL: 'LC_ALL=C sed -i.orig s/2/3/', EDITOR: 'false' });
  assert.equal(await get(), '3\n');
});

test('the output of an editor is not mixed with JSON', { skip: noShell }, async (t) => {
  const { env, folder } = await place(t, '1');
  const printing = { env: { ...env, VISUAL: 'sed s/1/printed/' } };
  const ended = await command(['edit', 'key', '-d', folder], printing);
  assert.deepEqual(ended, { ...UNCHANGED, stderr: 'printed\n' });
});

test('an item that expires meanwhile is not stored, and the text is kept', async (t) => {
  const { env, folder, opened } = await place(t, '1', '--ttl', '1h');
  const [clock, later] = ['clock.js', 'later'].map((name) => path.join(temporaryFolder(t), name));
  fs.writeFileSync(
    clock,
    `const { now } = Date;
    const fs = require('node:fs');
    Date.now = () => now() + (fs.existsSync(${JSON.stringify(later)}) ? 7_200_000 : 0);`,
  );
  const NODE_OPTIONS = `--require ${JSON.stringify(clock)}`;
  const editing = startCommand(['edit', 'key', '-d', folder], { env: { ...env, NODE_OPTIONS } });
  const editor = await opened();
  fs.writeFileSync(later, '');
  editor.save('2');
  assert.match(
    await messageOf(editing),
    /^The item has expired meanwhile\. Nothing is changed\. Your/,
  );
});

test('Control-C belongs to the editor', { skip: noShell }, async (t) => {
  const { env, folder, get, opened } = await place(t, '1');
  const start = () => startCommand(['edit', 'key', '-d', folder], { env, detached: true });
  const handled = start();
  const editor = await opened();
  process.kill(-handled.pid, 'SIGINT');
  await editor.interrupted;
  editor.save('2');
  assert.deepEqual(await handled.ended, CHANGED);
  const ended = start();
  (await opened()).end({ signal: 'SIGINT' });
  assert.match(await messageOf(ended), /^The editor .* Nothing is changed$/);
  assert.equal(await get(), '2\n');
});

test('a command that is ended ends its editor', { skip: noShell }, async (t) => {
  const { drafts, edit, get, opened } = await place(t, '1');
  const editing = edit('key');
  await opened();
  editing.kill('SIGTERM');
  assert.match(await messageOf(editing), /^The editor .* ended .*Nothing is changed$/);
  assert.equal(await get(), '1\n');
  assert.deepEqual(fs.readdirSync(drafts), []);
});

test('on a terminal a wrong text can be edited again', inTerminal, async (t) => {
  const { env, folder, get, opened } = await place(t, '1');
  const editing = startInTerminal(['edit', 'key', '-d', folder], { env });
  (await opened()).save('{');
  await editing.shows('Edit it again? [Y/n] ');
  editing.type('\n');
  const again = await opened();
  assert.equal(again.text, '{', 'the text is still there');
  again.save('{}');
  const { stdout, code } = await editing.ended;
  assert.equal(code, 0);
  assert.match(stdout, /^persist-lock: The value is not JSON: .*"changed": true\n\}\n$/s);
  assert.equal(await get(), '{}\n');

  for (const [answer, file] of [['n\n'], ['\x03'], ['\x04']]) {
    const given = startInTerminal(['edit', 'key', '-d', folder], { env });
    (await opened()).save('{');
    await given.shows('Edit it again? [Y/n] ');
    given.type(answer);
    const ended = await given.ended;
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /Nothing is changed\. Your text is kept/, file);
  }
  assert.equal(await get(), '{}\n');
  assert.equal(path.isAbsolute(again.file), true);
});
