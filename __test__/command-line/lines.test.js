'use strict';

// cat and import: all items as JSON Lines, out of a store and into one.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, executable, startCommand, succeed, withStore } = require('../support/command');
const { LineSplitter } = require('../../lib/cli/text');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { seeded } = require('../support/random');
const { commits } = require('../support/store-files');
const { until } = require('../support/waiting');
const { noOpenInput } = require('../support/runtime');

const entriesOf = (folder, options) => withStore(folder, (store) => store.entries(), options);

/** Prints a store into another, as a shell does. */
async function copyStore(from, to) {
  const cat = spawn(process.execPath, [executable, 'cat', '-d', from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const input = startCommand(['import', '-d', to]);
  // Otherwise cat would not notice that its reader is gone.
  input.stdin.on('error', () => cat.stdout.destroy());
  cat.stdout.pipe(input.stdin);
  return input.ended;
}

/** A value of any kind, and seldom a large one. */
function randomValue(random, depth = 0) {
  const kinds = [
    () => random.pick([null, true, 0, -1.5e300, 2 ** 53, '', 'text', '"expires":1', '},\n{', '\0']),
    () => String.fromCodePoint(0xd7f0 + random.below(0x30), random.below(0x10ffff)),
    () => 'x'.repeat(random.below(100_000)),
    () => Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1)),
    () => JSON.parse(`{"__proto__":${random.below(9)},"expires":${random.below(9)},"1":null}`),
  ];
  return depth > 3 ? null : random.pick(kinds)();
}

test('cat and import copy a store, whatever its items', async (t) => {
  const random = seeded(t);
  const [from, to] = [temporaryFolder(t), temporaryFolder(t)];
  await withStore(from, async (store) => {
    const writes = ['', '__proto__', '\ud83d', 'a\nb', '{"key":"a"}'].map((key) =>
      store.setItem(key, key),
    );
    for (let at = 0; at < 200; at++) {
      const key = String.fromCharCode(...Array.from({ length: 3 }, () => random.below(0x10000)));
      const ttl = random.pick([undefined, 1_000_000, new Date(8_000_000_000_000)]);
      writes.push(store.setItem(key, randomValue(random), { ttl }));
    }
    writes.push(store.setItem('large', { text: 'ü'.repeat(2_500_000) }));
    writes.push(store.setItem('expired', 1, { ttl: 1 }), store.setItem('removed', 1));
    await Promise.all(writes);
    await store.removeItem('removed');
    while (await store.hasItem('expired')) await new Promise(setImmediate);
  });
  const lines = await succeed(['cat', '-d', from]);
  const count = (await entriesOf(from)).length;
  const { stdout, stderr, code } = await copyStore(from, to);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  assert.equal(stdout, `{"imported":${count},"expired":0}\n`);
  assert.deepEqual(await entriesOf(to), await entriesOf(from));
  assert.equal(await succeed(['cat', '-d', to]), lines, 'with the same ends, in the same order');
  assert.equal(commits(to).length, 1);
});

test("a program's own text is copied as it is", async (t) => {
  const [from, to] = [temporaryFolder(t), temporaryFolder(t)];
  const options = { stringify: (value) => `<${value}>\n`, parse: (text) => text.slice(1, -2) };
  await withStore(from, (store) => store.setItem('a', 'text "ü"'), options);
  assert.equal(await succeed(['cat', '-d', from]), '{"key":"a","value":"<text \\"ü\\">\\n"}\n');
  await copyStore(from, to);
  assert.deepEqual(await entriesOf(to, options), [['a', 'text "ü"']]);
});

test('cat prints the items with a prefix', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    for (const key of ['a"', 'a"b', 'a', 'b']) await store.setItem(key, 1);
  });
  const lines = await succeed(['cat', '-d', folder, '--prefix', 'a"']);
  assert.equal(lines, '{"key":"a\\"","value":1}\n{"key":"a\\"b","value":1}\n');
  assert.equal(await succeed(['cat', '-d', folder, '--prefix', 'none']), '');
});

test('import accepts lines as people and other programs write them', async (t) => {
  const folder = temporaryFolder(t);
  await withStore(folder, async (store) => {
    await store.setItem('kept', 1);
    await store.setItem('replaced', 1, { ttl: 1_000_000 });
  });
  const file = path.join(folder, 'lines.jsonl');
  const lines = [
    ' { "value" : [ 1, {"b": "\\u0041"} ], "key" : "replaced" }\r',
    '',
    '  \r',
    '{"key":"twice","value":1}',
    '{"key":"expired","value":1,"expires":1}',
    '{"key":"twice","value":2,"expires":8000000000000}',
    '{"key":"last","value":null}',
  ];
  fs.writeFileSync(file, lines.join('\n'));
  const printed = await succeed(['import', '-d', folder, file]);
  assert.equal(printed, '{"imported":4,"expired":1}\n');
  const items = (await succeed(['cat', '-d', folder])).trimEnd().split('\n');
  assert.deepEqual(items, [
    '{"key":"kept","value":1}',
    '{"key":"last","value":null}',
    '{"key":"replaced","value":[ 1, {"b": "\\u0041"} ]}',
    '{"key":"twice","value":2,"expires":8000000000000}',
  ]);
  assert.equal(
    await succeed(['import', '-d', folder], { input: '' }),
    '{"imported":0,"expired":0}\n',
  );
});

test('lines are assembled from chunks split at any byte', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: random.below(6) }, () => 'ü😀\r'.repeat(random.below(6)));
    const last = random.pick(['', 'the last, without a line feed']);
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join('') + last);
    const splitter = new LineSplitter();
    const found = [];
    for (let at = 0; at < bytes.length;) {
      const chunk = bytes.subarray(at, (at += 1 + random.below(9)));
      for (const line of splitter.push(chunk)) found.push(line.toString());
    }
    assert.equal(splitter.pending, last.length);
    for (const line of splitter.end()) found.push(line.toString());
    assert.deepEqual(found, last === '' ? lines : [...lines, last]);
  }
});

/** Tells if JSON is nested too deeply for this runtime: newer ones have no limit. */
function isTooDeep(json) {
  try {
    return !JSON.stringify(JSON.parse(json));
  } catch {
    return true;
  }
}

test('a line that is no item refuses the whole import and is named', async (t) => {
  const folder = temporaryFolder(t);
  await succeed(['set', 'a', '1', '-d', folder]);
  const before = commits(folder);
  const bad = {
    '{"key":"b"': /it is not JSON: /,
    '["b",1]': /it is no object with key and value/,
    null: /it is no object with key and value/,
    '{"value":1}': /it has no key that is a string/,
    '{"key":1,"value":1}': /it has no key that is a string/,
    '{"key":"b"}': /it has no value/,
    '{"key":"b","value":1,"ttl":5}': /it has a field "ttl"/,
    '{"key":"b","removed":true}': /it has a field "removed"/,
    '{"persist-lock":1}': /it has a field "persist-lock"/,
    '{"key":"b","value":1,"__proto__":{"expires":1}}': /it has a field "__proto__"/,
    '{"key":"b","value":1,"expires":"1"}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":null}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":-1}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":1.5}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":8640000000000001}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":12345678901234567890}': /its expires is no whole number/,
    '{"key":"b","value":1,"expires":1e400}': /it has a number that is too large: 1e400/,
    '{"key":"b","value":[1,-1e400]}': /it has a number that is too large: -1e400/,
    [`{"key":"b","value":${'9'.repeat(400)}}`]: /it has a number that is too large: 9{40}…/,
    '{"key":"b","key":"c","value":1}': /it has the field "key" twice/,
    '{"key":"b","value":1,"v\\u0061lue":2}': /it has the field "value" twice/,
    '{"key":"b","value":1,"value":1}': /it has the field "value" twice/,
    '{"key":"b","value":[{"a":{"x":1},"c":{"x":[]},"a":1}]}': /it has the field "a" twice/,
    '{"key":"b","value":1,"expires":1,"expires":2}': /it has the field "expires" twice/,
    '\xc2\xa0': /it is not JSON: /,
    '\xef\xbb\xbf{"key":"b","value":1}': /it is not JSON: /,
    '{"key":"b","value":"\xfc"}': /it is not UTF-8/,
  };
  const deep = '['.repeat(1e5) + ']'.repeat(1e5);
  if (isTooDeep(deep)) bad[`{"key":"b","value":${deep}}`] = /it is nested too deeply/;
  const random = seeded(t);
  for (const [line, reason] of Object.entries(bad)) {
    const end = random.pick(['\n{"key":"c","value":1}\n', '\n', '']);
    const input = Buffer.from(`{"key":"a","value":2}\n\n${line}${end}`, 'latin1');
    const { stdout, stderr, code } = await command(['import', '-d', folder], { input });
    assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
    assert.match(stderr, reason);
    assert.match(stderr, /^persist-lock: Line 3: [^\n]*\. Nothing is imported\n$/);
  }
  assert.deepEqual(commits(folder), before);
});

test(
  'a bad line ends the import at once, even if more would come',
  { skip: noOpenInput },
  async (t) => {
    const importing = startCommand(['import', '-d', temporaryFolder(t)]);
    importing.stdin.on('error', () => {});
    importing.stdin.write('bad\n');
    assert.equal((await importing.ended).code, 1);
  },
);

test('an input too large for one commit takes several and reports its progress', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'large.jsonl');
  const line = (at) => `${JSON.stringify({ key: `key ${at}`, value: 'x'.repeat(2 ** 20) })}\n`;
  const write = (...more) => {
    const lines = Array.from({ length: 66 }, (_, at) => line(at));
    fs.writeFileSync(file, lines.concat(more).join(''));
  };
  write();
  assert.equal(await succeed(['import', '-d', folder, file]), '{"imported":66,"expired":0}\n');
  assert.deepEqual(commits(folder), [1, 2]);
  write('bad\n');
  const { stderr, code } = await command(['import', '-d', folder, file]);
  assert.equal(code, 1);
  assert.match(stderr, /^persist-lock: Line 67: .*\. The lines up to 64 are imported\n$/);
  assert.deepEqual(commits(folder), [1, 2, 3]);
});

test('an import waits for edits under way, and later edits see it', async (t) => {
  const folder = temporaryFolder(t);
  const actor = startActor(t, folder);
  const holding = actor.hold('holdEdit', 'key');
  await holding.begun;
  const input = '{"key":"key","value":"imported"}\n{"key":"other","value":1}\n';
  const imported = succeed(['import', '-d', folder, '--lock-timeout', '600000'], { input });
  const gate = path.join(folder, '.persist-lock', 'leases', 'all.gate');
  let isImported = false;
  imported.finally(() => (isImported = true)).catch(() => {});
  await until(() => isImported || fs.existsSync(gate));
  assert.equal(await actor.call('get', 'other'), undefined);
  await holding.finish('edited');
  assert.equal(await imported, '{"imported":2,"expired":0}\n');
  assert.equal(await actor.call('get', 'key'), 'imported');
});
