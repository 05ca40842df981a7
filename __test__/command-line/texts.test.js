'use strict';

// The text of values on the command line: numbers, escapes and spaces are stored and printed as they
// were given.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { checkJSON, onOneLine } = require('../../lib/cli/json-text');
const { command, succeed, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { seeded } = require('../support/random');

const NUMBERS = [
  '12345678901234567890',
  '-0',
  '0.1000',
  '1E+2',
  '1e-400',
  '-0.0e0',
  '1.0',
  '9007199254740993',
];
const STRINGS = [
  '""',
  '"\\u0041"',
  '"\\ud800"',
  '"\\/"',
  '"é😀"',
  '"\\"},{\\\\"',
  '"\\\\\\\\"',
  '"1e400, {:"',
];

/** A random JSON text, with spaces of random kinds between its parts. */
function randomText({ below, pick }, depth = 0) {
  const space = () => pick(['', '', '', ' ', '\t', ' \r\n ', '\n\n', '  ']);
  const kind = below(depth > 4 ? 3 : 5);
  if (kind === 0) return pick(NUMBERS);
  if (kind === 1) return pick(STRINGS);
  if (kind === 2) return pick(['true', 'false', 'null', '[]', '{}', '[ ]']);
  const isArray = kind === 3;
  const parts = Array.from({ length: below(5) }, (_, at) => {
    const value = `${space()}${randomText({ below, pick }, depth + 1)}${space()}`;
    return isArray
      ? value
      : `${space()}"${pick(['', '\\u0061', 'é', '"'.replace('"', '\\"')])}${at}"${space()}:${value}`;
  });
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** The tokens of a JSON text, without the spaces between them. */
function tokens(text) {
  return text.match(/"(?:[^"\\]|\\.)*"|[^\s"]/g).join('');
}

test('texts keep every character except line breaks', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 2000; round++) {
    const text = randomText(random);
    const { value, fields } = checkJSON(text);
    assert.deepEqual(value, JSON.parse(text));
    const line = onOneLine(text);
    assert.doesNotMatch(line, /[\r\n]/);
    assert.equal(tokens(line), tokens(text));
    if (!/[\r\n]/.test(text)) assert.equal(line, text);
    const isObject = text.startsWith('{');
    const read = [...fields].map(([name, field]) => [name, JSON.parse(field)]);
    assert.deepEqual(Object.fromEntries(read), isObject ? value : {});
  }
});

test('a duplicate field of any object is found, however it is spelled', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 300; round++) {
    const [before, between] = [randomText(random), randomText(random)];
    const twice = `{"x":${before},"y":${between},"\\u0078":${before}}`;
    const text = random.pick([twice, `[${between},${twice}]`, `{"a":{"b":[${twice}]}}`]);
    assert.throws(() => checkJSON(text), { message: 'has the field "x" twice' });
    checkJSON(text.replace('\\u0078', 'z'));
  }
});

test('cat prints imported lines byte for byte, again and again', async (t) => {
  const random = seeded(t);
  const [one, other] = [temporaryFolder(t), temporaryFolder(t)];
  const texts = [
    ...NUMBERS,
    ...STRINGS,
    ...Array.from({ length: 200 }, () => onOneLine(randomText(random))),
  ];
  const lines = texts.map((text, at) => {
    const expires = random.pick(['', ',"expires":8640000000000000']);
    return `{"key":"key ${1000 + at}","value":${text}${expires}}\n`;
  });
  const input = lines.join('');
  await succeed(['import', '-d', one], { input });
  const printed = await succeed(['cat', '-d', one]);
  assert.equal(printed, input);
  await succeed(['import', '-d', other], { input: printed });
  assert.equal(await succeed(['cat', '-d', other]), input);
  await withStore(other, async (store) => {
    for (const [at, text] of texts.entries()) {
      assert.deepEqual(await store.getItem(`key ${1000 + at}`), JSON.parse(text));
    }
    await store.compact();
  });
  assert.equal(await succeed(['cat', '-d', other]), input);
});

test('set keeps the text of a value and get prints it', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  const texts = [...NUMBERS, '{ "a" : -0 }', randomText(random)];
  for (const text of texts) {
    await succeed(['set', 'key', '-d', folder, '--', text]);
    assert.equal(await succeed(['get', 'key', '-d', folder]), `${onOneLine(text)}\n`);
  }
  const input = '\ufeff{\r\n  "large": 12345678901234567890\r\n}\r\n';
  await succeed(['set', 'key', '-', '-d', folder, '--ttl', '100000'], { input });
  assert.equal(await succeed(['get', 'key', '-d', folder]), '{"large": 12345678901234567890}\n');
  await succeed(['set', '--string', 'key', '-', '-d', folder], { input });
  assert.equal(await succeed(['get', 'key', '-d', folder]), `${JSON.stringify(input)}\n`);
});

test('set refuses a value that JSON.parse would change', async (t) => {
  const folder = temporaryFolder(t);
  await succeed(['set', 'key', '1', '-d', folder]);
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const bad = {
    '{"a":1,"a":2}': 'The value has the field "a" twice',
    '[{"b":{"a":1,"\\u0061":2}}]': 'The value has the field "a" twice',
    '1e400': 'The value has a number that is too large: 1e400',
    '{"a":[-1e999]}': 'The value has a number that is too large: -1e999',
    '{"a":1': 'The value is not JSON: ',
    '': 'The value is not JSON: ',
    [deep]: 'The value is nested too deeply',
  };
  for (const [input, message] of Object.entries(bad)) {
    const { stdout, stderr, code } = await command(['set', 'key', '-', '-d', folder], { input });
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 });
    assert.ok(stderr.startsWith(`persist-lock: ${message}`), stderr);
  }
  const bytes = { 'is not UTF-8': '\xfc', 'is UTF-16. Convert it to UTF-8': '"\0a\0"\0' };
  for (const [reason, input] of Object.entries(bytes)) {
    const ended = await command(['set', 'key', '-', '-d', folder], {
      input: Buffer.from(input, 'latin1'),
    });
    assert.deepEqual([ended.stderr, ended.code], [`persist-lock: The value ${reason}\n`, 1]);
  }
  const { stderr, code } = await command([
    'set',
    'key',
    '1',
    '--ttl',
    '8640000000000000',
    '-d',
    folder,
  ]);
  assert.match(stderr, /A ttl must end before the last time that a Date can hold/);
  assert.equal(code, 1);
  assert.equal(await succeed(['get', 'key', '-d', folder]), '1\n');
});

test('an import may begin with a byte order mark, and UTF-16 is refused by name', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'lines.jsonl');
  fs.writeFileSync(file, '\ufeff\r\n{"key":"a","value":1}\r\n\r\n{"value":-0,"key":"\\u0062"}');
  assert.equal(await succeed(['import', file, '-d', folder]), '{"imported":2,"expired":0}\n');
  assert.equal(
    await succeed(['cat', '-d', folder]),
    '{"key":"a","value":1}\n{"key":"b","value":-0}\n',
  );
  const line = '{"key":"c","value":1}\n';
  const little = Buffer.from(line, 'utf16le');
  const inputs = [little, Buffer.from(`\ufeff${line}`, 'utf16le'), Buffer.from(little).swap16()];
  for (const input of inputs) {
    const { stderr, code } = await command(['import', '-d', folder], { input });
    assert.equal(
      stderr,
      'persist-lock: Line 1: it is UTF-16. Convert it to UTF-8. Nothing is imported\n',
    );
    assert.equal(code, 1);
  }
});
