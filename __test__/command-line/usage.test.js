'use strict';

// The command line itself: help, version, wrong usage and installation.

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { promisify } = require('node:util');
const { command, commandNames, executable, succeed } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { bin, version } = require('../../package.json');

const root = path.resolve(__dirname, '..', '..');
const onWindows = process.platform === 'win32';

test('help lists every command, and every command has its own help', async () => {
  const overview = await succeed(['--help']);
  assert.equal(await succeed(['-h']), overview);
  assert.match(overview, /^Usage: persist-lock COMMAND/);
  assert.match(overview, /Exit codes: 0 .*1 .*2 /);
  for (const name of await commandNames()) {
    const help = await succeed([name, '--help']);
    assert.match(help, new RegExp(`^Usage: persist-lock ${name}\\b`));
    assert.match(help, /-d, --dir FOLDER/);
    assert.equal(await succeed(['--help', name, 'whatever']), help, 'wherever --help stands');
  }
});

test('help fits a terminal', async () => {
  for (const name of [undefined, ...(await commandNames())]) {
    const help = await succeed([...(name ? [name] : []), '--help']);
    for (const line of help.split('\n')) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(help, /undefined| $/m);
  }
});

test('the version is that of the package', async () => {
  assert.equal(await succeed(['--version']), `${version}\n`);
  assert.equal(await succeed(['-v']), `${version}\n`);
});

test('wrong usage exits with 2, names the fault and changes nothing', async (t) => {
  const cwd = temporaryFolder(t);
  const wrong = {
    '': 'A command is needed. See persist-lock --help',
    nonsense: 'There is no command nonsense. See persist-lock --help',
    toString: 'There is no command toString. See persist-lock --help',
    'get a b': 'The command get takes KEY, and was given 2. See persist-lock get --help',
    get: 'The command get takes KEY, and was given 0. See persist-lock get --help',
    'keys a': 'The command keys takes no arguments, and was given 1. See persist-lock keys --help',
    remove: 'The command remove takes KEY..., and was given 0. See persist-lock remove --help',
    'get a --ttl 1': 'The command get has no option --ttl. See persist-lock get --help',
    'get a --version': 'The command get has no option --version. See persist-lock get --help',
    'get a --what': /--what/,
    'get -d': /--dir/,
    'set a {': /^The value is not JSON: .* See persist-lock set --help$/,
    'set a 1 --ttl soon': /^The option --ttl must be a whole number of milliseconds, not "soon"/,
    'set a 1 --ttl -1': /--ttl/,
    'set a 1 --lock-timeout 1.5': /^The option --lock-timeout must be a whole number/,
    'get a --json-key': /^The key is not JSON: /,
    'get 1 --json-key': /^The key must be a JSON string, in quotes, and is 1\./,
  };
  for (const [line, message] of Object.entries(wrong)) {
    const { stdout, stderr, code } = await command(line.split(' ').filter(Boolean), { cwd });
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 }, line);
    const [, told] = stderr.match(/^persist-lock: ([^]*)\n$/);
    if (typeof message === 'string') assert.equal(told, message);
    else assert.match(told, message);
  }
  assert.deepEqual(fs.readdirSync(cwd), []);
});

test(
  'the command line is installed with the package and runs by its name',
  { skip: onWindows },
  async (t) => {
    const folder = temporaryFolder(t);
    const links = path.join(folder, 'node_modules', '.bin');
    fs.mkdirSync(links, { recursive: true });
    fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'));
    const target = path.join('..', 'persist-lock', bin['persist-lock']);
    fs.symlinkSync(target, path.join(links, 'persist-lock'));
    const options = { cwd: folder, env: { ...process.env, PATH: `${links}:${process.env.PATH}` } };
    const run = (...args) => promisify(execFile)('persist-lock', args, options);
    await run('set', 'a', '1');
    assert.deepEqual(await run('get', 'a'), { stdout: '1\n', stderr: '' });
  },
);

test('the package has all files of the command line', { skip: onWindows }, () => {
  const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packed = new Map(JSON.parse(pack)[0].files.map((file) => [file.path, file.mode]));
  assert.equal(packed.get(bin['persist-lock']), 0o755);
  assert.equal(path.join(root, bin['persist-lock']), executable);
  for (const name of fs.readdirSync(path.join(root, 'lib', 'cli'))) {
    assert.ok(packed.has(`lib/cli/${name}`), name);
  }
});
