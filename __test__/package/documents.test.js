'use strict';

// The documents for contributors name files that exist, and the invariants by the numbers in the code.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const root = path.resolve(__dirname, '..', '..');
const FOLDERS = 'src|lib|bin|docs|examples|tests|__test__|fuzz|bench|scripts|\\.github';
const PATH = new RegExp(`(?<![\\w./<-])(?:${FOLDERS})/[\\w./-]*`, 'g');

function read(name) {
  return fs.readFileSync(path.join(root, name), 'utf8');
}

/** The paths in a document's code, inline and in blocks. */
function pathsIn(name) {
  const code = [...read(name).matchAll(/```[^\n]*\n(.*?)```|`([^`\n]+)`/gs)];
  const paths = code.flatMap(([, block, inline]) => (block ?? inline).match(PATH) ?? []);
  return [...new Set(paths)].map((found) => found.replace(/\.$/, ''));
}

for (const name of ['CONTRIBUTING.md', 'docs/DESIGN.md', 'docs/RELIABILITY.md']) {
  test(`every path that ${name} names exists`, () => {
    const paths = pathsIn(name);
    assert.ok(paths.length > 10, `${paths.length} paths`);
    for (const found of paths) assert.ok(fs.existsSync(path.join(root, found)), found);
  });
}

/** The names by which a page links to the headings of a document. */
function anchorsOf(name) {
  const headings = [...read(name).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('links into documents lead to headings', () => {
  const pages = fs.readdirSync(root).filter((name) => name.endsWith('.md'));
  const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  for (const page of [...pages, ...docs.map((name) => `docs/${name}`)]) {
    for (const [, file, anchor] of read(page).matchAll(/\]\(([\w./-]*)#([^)]+)\)/g)) {
      const target = file === '' ? page : path.join(path.dirname(page), file);
      assert.ok(anchorsOf(target).includes(anchor), `${page} links to ${target}#${anchor}`);
    }
  }
});

/** The invariants that DESIGN.md lists: their numbers, each with the files that it names for it. */
function listedInvariants() {
  const rows = [...read('docs/DESIGN.md').matchAll(/^\| \*\*(I\d+)\*\* +\|(.*)$/gm)];
  return rows.map(([, number, row]) => ({ number, files: row.match(PATH) ?? [] }));
}

function invariantsIn(text) {
  return text.match(/(?<![\w`'"])I\d+(?![\w`'"])/g) ?? [];
}

test('the invariants of DESIGN.md stand where the code keeps them, and no others', () => {
  const listed = listedInvariants();
  assert.ok(listed.length >= 10, `${listed.length} invariants`);
  for (const { number, files } of listed) {
    assert.ok(files.length > 0, `${number} names no file`);
    for (const file of files)
      assert.ok(invariantsIn(read(file)).includes(number), `${number} in ${file}`);
  }
  const numbers = new Set(listed.map(({ number }) => number));
  for (const folder of ['src', 'lib']) {
    for (const name of fs.readdirSync(path.join(root, folder), { recursive: true })) {
      if (!/\.(?:rs|js)$/.test(name)) continue;
      for (const number of invariantsIn(read(path.join(folder, name))))
        assert.ok(numbers.has(number), `${number} in ${folder}/${name}`);
    }
  }
});
