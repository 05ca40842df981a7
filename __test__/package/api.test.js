'use strict';

// The examples of docs/API.md run and print the text after their `//`. The document has every call,
// option and code.

const assert = require('node:assert/strict');
const { Console } = require('node:console');
const fs = require('node:fs');
const path = require('node:path');
const { Writable } = require('node:stream');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { membersOf } = require('../support/members');
const { typings } = require('../support/typings');

const root = path.resolve(__dirname, '..', '..');
const document = fs.readFileSync(path.join(root, 'docs', 'API.md'), 'utf8');
const AsyncFunction = (async () => {}).constructor;

/** Lists the examples by heading. The first block is the beginning of all. */
const [preamble, ...examples] = [
  ...document.matchAll(/^(#+) ([^\n]*)$|^```js\n(.*?)^```$/gms),
].reduce((found, [, , heading, code]) => {
  if (heading === undefined) found.push({ heading: found.heading, code });
  else found.heading = heading;
  return found;
}, []);

/** Lists the output that an example announces. */
function saidBy(code) {
  const comments = code.split('\n').map((line) => /(?:^|;|\)) ?\/\/ (.*)$/.exec(line)?.[1]);
  return comments.filter((comment) => comment !== undefined);
}

/** Makes a pattern of a text in which `…` is any text. */
function pattern(text) {
  const parts = text.split('…').map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]+')}\n$`);
}

/** Runs an example in the present folder; resolves with its output. */
async function printedBy(code) {
  let printed = '';
  const stdout = new Writable({
    write(chunk, encoding, done) {
      printed += chunk;
      done();
    },
  });
  const run = new AsyncFunction(
    'console',
    'require',
    `${preamble.code}\n${code}\nawait store.close();`,
  );
  const isOurs = (name) => name === 'persist-lock';
  await run(new Console(stdout), (name) => (isOurs(name) ? PersistLock : require(name)));
  return printed;
}

const before = process.cwd();
for (const { heading, code } of examples) {
  const [first] = code.split('\n');
  test(`${heading}: ${first}`, async (t) => {
    process.chdir(temporaryFolder(t));
    try {
      const said = saidBy(code);
      assert.notDeepEqual(said, []);
      assert.match(await printedBy(code), pattern(said.join('\n')));
    } finally {
      process.chdir(before);
    }
  });
}

test('every call has a heading and an example in API.md', () => {
  const calls = membersOf(PersistLock).filter((name) => typeof name === 'string');
  for (const name of calls) {
    // The blocking calls share a section.
    const isBlocking = name.endsWith('Sync');
    if (!isBlocking) assert.match(document, new RegExp(`^### ${name}\\(`, 'm'), name);
    const head = isBlocking ? 'Blocking calls' : `${name}(`;
    const isOf = ({ heading, code }) => heading.startsWith(head) && code.includes(`.${name}(`);
    assert.ok(examples.some(isOf), name);
  }
});

test('API.md has every option, and every error code with cause and advice', () => {
  for (const [, options] of typings.matchAll(
    /^export interface (?:Shared)?Options .*?\{(.*?)^\}/gms,
  ))
    for (const [, name] of options.matchAll(/^ {2}(\w+)\?:/gm))
      assert.ok(document.includes(`\`${name}\``), name);
  const [, codes] = typings.match(/^export type ErrorCode =(.*?);/ms);
  for (const [, code] of codes.matchAll(/'(\w+)'/g)) {
    assert.match(document, new RegExp(`^\\| \`${code}\` +\\| [^ |].* \\| [^ |].* \\|$`, 'm'), code);
  }
  const [, misuse] = typings.match(/^export type MisuseCode =(.*?);/ms);
  for (const [, code] of misuse.matchAll(/'ERR_PERSIST_LOCK(_\w+)'/g))
    assert.ok(document.includes(code), code);
});

test('every link within API.md leads to a heading', () => {
  const anchors = [...document.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, anchor] of document.matchAll(/\]\(#(.*?)\)/g))
    assert.ok(anchors.includes(anchor), anchor);
});
