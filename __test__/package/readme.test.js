'use strict';

// The README's programs run unchanged, in a project of their own.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { otherModules, shown } = require('../support/runtime');

const root = path.resolve(__dirname, '..', '..');
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program);
const counter = fs.readFileSync(path.join(root, 'examples', 'counter.js'), 'utf8');

/** Makes a project that has persist-lock installed, and a file. */
function project(t, program) {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'), 'junction');
  fs.writeFileSync(path.join(folder, 'settings.json'), '{"mine":true}');
  fs.writeFileSync(path.join(folder, 'program.js'), program);
  return folder;
}

test("the README's counter is the example, and gives 100, then 200", async (t) => {
  assert.ok(programs.includes(counter), 'the README shows examples/counter.js');
  const folder = project(t, counter);
  const before = fs.readdirSync(folder);
  for (const expected of ['100\n', '200\n']) {
    const { stdout, stderr, code } = await runScript(['program.js'], { cwd: folder });
    assert.deepEqual({ stdout, stderr, code }, { stdout: expected, stderr: '', code: 0 });
  }

  const store = new PersistLock(folder);
  await store.clear();
  await store.close();
  assert.deepEqual(fs.readdirSync(folder).sort(), [...before, '.persist-lock'].sort());
  assert.equal(fs.readFileSync(path.join(folder, 'settings.json'), 'utf8'), '{"mine":true}');
});

test(
  'the README’s first program, an ES module, prints its items',
  { skip: otherModules },
  async (t) => {
    const first = programs.find((program) => program.startsWith('import'));
    const folder = project(t, '');
    fs.writeFileSync(path.join(folder, 'program.mjs'), first);
    const { stdout, stderr, code } = await runScript(['program.mjs'], { cwd: folder });
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
    const session = shown('session { user: 7 }', 'session {\n  user: 7,\n}');
    assert.equal(stdout, `${[session, 'token a token', 'visits 1'].join('\n')}\n`);
  },
);

test('every link of the README and of docs/ leads to something', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
  const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  for (const page of [...pages, ...docs.map((name) => path.join('docs', name))]) {
    const text = fs.readFileSync(path.join(root, page), 'utf8');
    for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const target = path.resolve(root, path.dirname(page), link);
      assert.ok(fs.existsSync(target), `${page} links to ${link}`);
    }
  }
});

test('the pattern that the README warns of loses updates', async (t) => {
  const edit = "persistence.editItem('counter', (currentValue) => (currentValue || 0) + 1)";
  assert.ok(counter.includes(edit));
  const apart = `persistence
    .getItem('counter')
    .then((currentValue) => persistence.setItem('counter', (currentValue || 0) + 1))`;
  const folder = project(t, counter.replace(edit, apart));
  const { stdout, code } = await runScript(['program.js'], { cwd: folder });
  assert.equal(code, 0);
  assert.ok(Number(stdout) < 100, `the counter is ${stdout}`);
});

test(
  'the package can be imported by ES modules, by default and by name',
  { skip: otherModules },
  async (t) => {
    const folder = project(t, '');
    fs.writeFileSync(
      path.join(folder, 'program.mjs'),
      `import PersistLock, { PersistLock as Named, PersistLockError } from 'persist-lock';
     await new PersistLock().setItem('a', 1);
     console.log(PersistLock === Named, new PersistLockError('C', 'm') instanceof Error);`,
    );
    const { stdout, stderr } = await runScript(['program.mjs'], { cwd: folder });
    assert.deepEqual({ stdout, stderr }, { stdout: 'true true\n', stderr: '' });
  },
);
