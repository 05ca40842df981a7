'use strict';

// The examples of docs/COMMANDS.md, run in their order in one folder, print the output that the
// document shows.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { commandNames, executable } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { collected } = require('../support/processes');
const { otherModules } = require('../support/runtime');
const { noShell } = require('../support/system');

const document = fs.readFileSync(
  path.resolve(__dirname, '..', '..', 'docs', 'COMMANDS.md'),
  'utf8',
);
const blocks = [...document.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block);

/** Lists the commands of the blocks, each with its output. */
const examples = blocks
  .flatMap((block) => block.split(/^\$ /m).slice(1))
  .map((text) => {
    const end = text.indexOf('\n') + 1;
    return { line: text.slice(0, end), printed: text.slice(end) };
  });

/** Makes a pattern of a text in which `…` is any text. */
function pattern(text) {
  const parts = text.split('…').map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

test(
  'every example prints the output in the document',
  { skip: otherModules || noShell },
  async (t) => {
    const cwd = temporaryFolder(t);
    // In place of the real one, which starts slowly, and would look for the package.
    const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${executable}' "$@"\n`;
    fs.mkdirSync(path.join(cwd, 'bin'));
    fs.writeFileSync(path.join(cwd, 'bin', 'npx'), npx, { mode: 0o755 });
    const env = { ...process.env, PATH: `${path.join(cwd, 'bin')}:${process.env.PATH}` };
    for (const { line, printed } of examples) {
      const shell = spawn('sh', ['-c', `exec 2>&1; ${line}`], { cwd, env });
      shell.stdin.end();
      const { stdout } = await collected(shell).ended;
      assert.match(stdout, pattern(printed), line);
    }
  },
);

test('every command has an example', async () => {
  for (const name of await commandNames()) {
    const isShown = examples.some(({ line }) => line.includes(`npx persist-lock ${name}`));
    assert.ok(isShown, name);
  }
});
