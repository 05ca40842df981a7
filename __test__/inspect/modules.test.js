'use strict';

// The modules of the page that need no browser: the tree of keys, lines of JSON, differences, lanes.

const assert = require('node:assert/strict');
const test = require('node:test');
const { indented: layOut } = require('../../lib/cli/json-layout');

const moduleOf = (name) => import(`../../lib/inspect/page/${name}.mjs`);

/** Draws rows as a text each, indented, folders with their counts. */
function drawn(rows) {
  return rows.map(
    ({ depth, label, count }) => `${' '.repeat(depth)}${label}${count ? ` ${count}` : ''}`,
  );
}

test('the tree of keys splits at : and /, counts, and forgets empty folders', async () => {
  const { KeyTree } = await moduleOf('key-tree');
  const tree = new KeyTree();
  for (const key of ['b', 'a:1', 'a:2', 'a/x/y', 'a', 'a:', ':', 'a:b:c', '::x']) tree.add(key);
  assert.equal(tree.add('a:1'), false);
  assert.equal(tree.size, 9);
  assert.deepEqual(drawn(tree.rows(new Set())), [': 1', ':', 'a', 'a/ 1', 'a: 3', 'a:', 'b']);
  const open = new Set(['a:', 'a/']);
  assert.deepEqual(drawn(tree.rows(open)).slice(3), [
    'a/ 1',
    ' x/ 1',
    'a: 3',
    ' 1',
    ' 2',
    ' b: 1',
    'a:',
    'b',
  ]);
  assert.deepEqual(tree.prefixesOf('a:b:c'), ['a:', 'a:b:']);
  assert.deepEqual(
    [tree.remove('a:b:c'), tree.remove('a:b:c'), tree.remove('none:x')],
    [true, false, false],
  );
  assert.deepEqual(drawn(tree.rows(open)).slice(5), ['a: 2', ' 1', ' 2', 'a:', 'b']);
  const has = (key) => tree.rows(new Set(), key).some((row) => row.key === key);
  assert.deepEqual([has('a:1'), has('a:b:c'), has('a:')], [true, false, true]);
});

test('a filter shows the keys that contain a text, in open folders with their counts', async () => {
  const { KeyTree } = await moduleOf('key-tree');
  const tree = new KeyTree();
  for (const key of ['user:Ada', 'user:Grace', 'log/ada/1', 'x']) tree.add(key);
  assert.deepEqual(drawn(tree.rows(new Set(), 'ADA')), [
    'log/ 1',
    ' ada/ 1',
    '  1',
    'user: 1',
    ' Ada',
  ]);
  assert.deepEqual(
    tree.rows(new Set(), 'user:G').map(({ position, siblings }) => [position, siblings]),
    [
      [1, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(tree.rows(new Set(), 'none'), []);
});

test('a key of thousands of separators is a row a few folders deep', async () => {
  const { KeyTree } = await moduleOf('key-tree');
  const tree = new KeyTree();
  const key = 'a:'.repeat(10_000);
  tree.add(key);
  const rows = tree.rows(new Set(), 'a');
  assert.equal(rows.length, 11);
  assert.equal(rows.at(-1).key, key);
});

const TEXTS = [
  '1',
  '"a"',
  '{}',
  '[]',
  '[ ]',
  '{"a":{},"b":[[]]}',
  '[1,2,[3,{"a":null}],"]"]',
  '{"\\"":"\\\\","}":{"x":"{"}}',
  '  [\n1 ,\t2 ]  ',
];

test('the lines of a JSON text are those of its indented form', async () => {
  const { indented, linesOf, tokensOf } = await moduleOf('json-lines');
  for (const text of TEXTS) {
    assert.equal(indented(text).replaceAll(' ', ''), layOut(text).replaceAll(' ', ''), text);
    assert.equal(layOut(indented(text)), layOut(text), text);
    const { starts, ends, closers } = linesOf(text);
    for (const [line, closer] of closers.entries()) {
      const pair = text[ends[line] - 1] + text[starts[closer]];
      if (closer > 0) assert.ok(['{}', '[]'].includes(pair), `${text}: ${pair}`);
    }
    for (const [at] of starts.entries()) {
      const line = text.slice(starts[at], ends[at]);
      assert.equal(
        tokensOf(line)
          .map(([, token]) => token)
          .join(''),
        line,
      );
    }
  }
  assert.deepEqual(
    tokensOf('"a:": -1.5e3,')
      .map(([kind]) => kind)
      .filter((kind) => kind !== 'mark'),
    ['name', 'number'],
  );
  assert.deepEqual(tokensOf('"a", ')[0], ['string', '"a"']);
  assert.equal(indented('[1]', 5), undefined);
});

test('the difference of two texts leads from one to the other', async () => {
  const { differences } = await moduleOf('differences');
  const draw = (...texts) =>
    differences(...texts.map((text) => [...text]))
      .map(({ sign, line }) => sign + line)
      .join(' ');
  assert.equal(draw('abcd', 'abcd'), ' a  b  c  d');
  assert.equal(draw('abcd', 'axcd'), ' a -b +x  c  d');
  assert.equal(draw('', 'ab'), '+a +b');
  assert.equal(draw('abcab', 'cab'), '-a -b  c  a  b');
  // Texts of many lines that have nothing in common are not compared line by line.
  const long = (name) => Array.from({ length: 10_000 }, (_, at) => `${name}${at}`);
  assert.equal(differences(long('a'), long('b')).length, 20_000);
});

test('hidden characters are shown as escapes, and long texts are cut', async () => {
  const { durationText, keyText, shortened, visible } = await moduleOf('texts');
  assert.equal(
    visible('a\u0000\n\u202e\u200d\ufeff\ud800 ü😀'),
    'a\\u0000\\u000a\\u202e\\u200d\\ufeff\\ud800 ü😀',
  );
  assert.equal(shortened('😀😀', 3), '😀…');
  assert.equal(keyText(''), '(empty key)');
  assert.deepEqual([0, 999, 61_000, 86_400_000, 90_061_000].map(durationText), [
    '0s',
    '0s',
    '1m 1s',
    '1d',
    '1d 1h',
  ]);
});

test('lanes keep the locks of the last seconds: who had one, who waited, in which order', async () => {
  const { LockHistory, WINDOW, byState } = await moduleOf('lock-history');
  const history = new LockHistory();
  const lock = (pid, waiting, since, key = 'a') => ({ key, kind: 'edit', waiting, pid, since });
  const lanes = () =>
    history.lanes.map(({ id, rows }) => [
      id,
      ...[...rows.values()].sort(byState).map(({ lock: { pid }, segments }) => {
        return [
          pid,
          ...segments.map(
            ({ waiting, start, end = '', place = '' }) =>
              `${waiting ? 'w' : 'h'}${place} ${start}-${end}`,
          ),
        ];
      }),
    ]);
  history.take([lock(1, false, 90), lock(2, true, 95), lock(3, true)], 100);
  assert.deepEqual(lanes(), [['key a', [1, 'h 90-'], [2, 'w1 95-'], [3, 'w2 100-']]]);
  history.take([lock(2, false, 150), lock(3, true, 140)], 200);
  assert.deepEqual(lanes(), [
    ['key a', [2, 'w1 95-200', 'h 150-'], [3, 'w1 100-'], [1, 'h 90-200']],
  ]);
  // The same process has the lock once more.
  history.take([lock(2, false, 250)], 300);
  assert.deepEqual(lanes()[0][1], [2, 'w1 95-200', 'h 150-300', 'h 250-']);
  history.take([], 400);
  history.forget(400 + WINDOW - 1);
  assert.deepEqual(lanes(), [['key a', [2, 'h 250-400']]]);
  history.forget(400 + WINDOW);
  assert.deepEqual(lanes(), []);
  history.take(
    [
      { key: null, kind: 'clear', waiting: true, pid: 1 },
      { kind: 'edit', waiting: false, pid: 1 },
    ],
    0,
  );
  assert.deepEqual(
    lanes().map(([id]) => id),
    ['clear', 'unknown'],
  );
});
