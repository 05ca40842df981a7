'use strict';

// The command line itself: help, version, wrong usage and installation.

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { promisify } = require('node:util');
const { command, commandNames, executable, succeed } = require('../support/command');
const { checkCount, checkOptions, splitArguments } = require('../../lib/cli/arguments');
const { COMMANDS } = require('../../lib/cli/commands');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { noShell } = require('../support/system');
const { bin, version } = require('../../package.json');

const root = path.resolve(__dirname, '..', '..');

test('help lists every command, and every command has its own help', async () => {
  const overview = await succeed(['--help']);
  assert.equal(await succeed(['-h']), overview);
  assert.equal(await succeed(['help']), overview);
  assert.match(overview, /^Usage: persist-lock COMMAND/);
  assert.match(overview, /Exit codes: 0 .*1 .*2 /);
  for (const name of await commandNames()) {
    const help = await succeed([name, '--help']);
    assert.match(help, new RegExp(`^Usage: persist-lock ${name}\\b`));
    if (!COMMANDS[name].usesNoStore) assert.match(help, /-d, --dir (PLACE|FOLDER)/);
    assert.equal(await succeed(['help', name]), help);
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
    '': 'A command is needed, such as `keys` or `get KEY`. See persist-lock --help',
    '--versoin': 'There is no option --versoin. Did you mean --version? See persist-lock --help',
    '--frobnicate': 'There is no option --frobnicate. See persist-lock --help',
    '-d x': 'A command is needed, such as `keys` or `get KEY`. See persist-lock --help',
    'get a b': 'The command get takes KEY, and was given 2. See persist-lock get --help',
    get: 'The command get takes KEY, and was given 0. See persist-lock get --help',
    'keys a': 'The command keys takes no arguments, and was given 1. See persist-lock keys --help',
    remove:
      'The command remove takes either KEY... or --prefix TEXT. See persist-lock remove --help',
    'remove a --prefix b':
      'The command remove takes either KEY... or --prefix TEXT. See persist-lock remove --help',
    'remove --prefix=':
      'The option --prefix is empty. To remove all items: persist-lock clear. See persist-lock remove --help',
    'clear --yes --prefix=':
      'The option --prefix is empty. To remove all items: persist-lock clear. See persist-lock clear --help',
    'get a --ttl 1': 'The command get has no option --ttl. See persist-lock get --help',
    'get a --version': 'The command get has no option --version. See persist-lock get --help',
    'get a --jsonkey':
      'There is no option --jsonkey. Did you mean --json-key? See persist-lock get --help',
    'get --x':
      'There is no option --x. If --x is an argument, put -- before it: get -- --x. See persist-lock get --help',
    'get a -d': 'The option -d needs a PLACE. See persist-lock get --help',
    'get --dir -a':
      'The option --dir needs a PLACE. If -a is meant, say --dir=-a. See persist-lock get --help',
    'get a --dir=': 'The option --dir must not be empty. See persist-lock get --help',
    'get a -d x --dir y': 'The option --dir is given twice. See persist-lock get --help',
    'get a --raw=1': 'The option --raw takes no value. See persist-lock get --help',
    'cat a':
      'The command cat takes no arguments, and was given 1. One item is printed by: persist-lock get KEY. See persist-lock cat --help',
    'keys --limit -1':
      'The option --limit must be a whole number, not "-1". See persist-lock keys --help',
    'keys --limit 1e3': /^The option --limit must be a whole number, not "1e3"\./,
    'keys --form a': 'There is no option --form. Did you mean --from? See persist-lock keys --help',
    'set a {': /^The value is not JSON: .* See persist-lock set --help$/,
    'set a 1 --ttl soon':
      'The option --ttl must be a time such as 500ms, 90s, 1h30m or 2d, or never, not "soon". See persist-lock set --help',
    'set a 1 --ttl -1': /^The option --ttl must be a time/,
    'set a 1 --ttl 0': /^The option --ttl must be longer than 0, or never\./,
    'set a 1 --lock-timeout 1.5':
      /^The option --lock-timeout must be a time such as [^"]*2d, not "1\.5"\./,
    'get a -d file:///a': /^The option --dir must be a path, not the URL file:\/\/\/a\./,
    'set a 1 -d .persist-lock/': /^The option --dir must be the folder that \.persist-lock is in: /,
    'verify -d x/.persist-lock': /is in: .*x'?\. See persist-lock verify --help$/,
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

test('a command that does not exist is answered with the one that was meant', async () => {
  const meant = {
    ls: 'Did you mean keys?',
    list: 'Did you mean keys?',
    del: 'Did you mean remove?',
    rm: 'Did you mean remove?',
    DELETE: 'Did you mean remove?',
    put: 'Did you mean set?',
    export: 'Did you mean cat?',
    GET: 'Did you mean get?',
    veryfi: 'Did you mean verify?',
    rem: 'Did you mean remove?',
    key: 'Did you mean keys?',
    'user get': 'The command comes first: persist-lock get user.',
    nonsense: undefined,
    toString: undefined,
    x: undefined,
  };
  for (const [line, hint] of Object.entries(meant)) {
    const [name, ...args] = line.split(' ');
    const { stdout, stderr, code } = await command([name, ...args]);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 2 }, line);
    const told = hint === undefined ? `${name}.` : `${name}. ${hint}`;
    assert.equal(stderr, `persist-lock: There is no command ${told} See persist-lock --help\n`);
  }
  for (const name of ['', ' ', 'two words']) {
    const { stderr } = await command([name]);
    assert.equal(stderr, `persist-lock: There is no command "${name}". See persist-lock --help\n`);
  }
  const { stderr, code } = await command(['help', 'rm']);
  assert.equal(code, 2);
  assert.match(stderr, /Did you mean remove\? See persist-lock --help\n$/);
});

test('the examples of the help texts are correct command lines', async () => {
  for (const [name, entry] of Object.entries(COMMANDS)) {
    assert.notEqual(entry.examples.length, 0, name);
    for (const example of entry.examples) {
      const [line] = example.split(/ [<>|] /);
      const argv = Array.from(
        line.matchAll(/'([^']*)'|(\S+)/g),
        ([, quoted, word]) => quoted ?? word,
      );
      const { words, given } = splitArguments(argv);
      const [called, ...args] = words;
      checkOptions(called, COMMANDS[called], given);
      checkCount(called, COMMANDS[called], args);
    }
  }
});

test('help, version and completions need no addon', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['bin', 'lib', 'package.json']) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  const run = (...args) => runScript([path.join(folder, 'bin', 'persist-lock.js'), ...args]);
  const lines = ['--help', '--version', 'get --help', 'help get', 'help', 'completion bash'];
  for (const line of lines) {
    const { stdout, stderr, code } = await run(...line.split(' '));
    assert.deepEqual({ stderr, code }, { stderr: '', code: 0 }, line);
    assert.notEqual(stdout, '');
  }
  assert.match((await run('ls')).stderr, /Did you mean keys\?/);
  const { stdout, stderr, code } = await run('get', 'a');
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(stderr, /^persist-lock: [^\n]*addon[^\n]*\n$/);
});

test(
  'the command line is installed with the package and runs by its name',
  { skip: noShell },
  async (t) => {
    const folder = temporaryFolder(t);
    const links = path.join(folder, 'node_modules', '.bin');
    fs.mkdirSync(links, { recursive: true });
    fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'));
    const target = path.join('..', 'persist-lock', bin['persist-lock']);
    fs.symlinkSync(target, path.join(links, 'persist-lock'));
    // The file starts the `node` of the path, which must be the one that runs this test.
    const places = [links, path.dirname(process.execPath), process.env.PATH];
    const options = { cwd: folder, env: { ...process.env, PATH: places.join(':') } };
    const run = (...args) => promisify(execFile)('persist-lock', args, options);
    await run('set', 'a', '1');
    assert.deepEqual(await run('get', 'a'), { stdout: '1\n', stderr: '' });
  },
);

test('the package has all files of the command line', { skip: noShell }, () => {
  const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packed = new Map(JSON.parse(pack)[0].files.map((file) => [file.path, file.mode]));
  assert.equal(packed.get(bin['persist-lock']), 0o755);
  assert.equal(path.join(root, bin['persist-lock']), executable);
  const names = fs.readdirSync(path.join(root, 'lib', 'cli'), { recursive: true });
  for (const name of names.filter((file) => file.endsWith('.js'))) {
    assert.ok(packed.has(`lib/cli/${name}`), name);
  }
});
