'use strict';

// The published packages: one for each system, and the main package, which depends on them. Installed from their files into empty
// projects, without a network, Rust or install scripts, they work as the README says.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { runScript } = require('../support/processes');
const { exportsRefused } = require('../support/runtime');
const published = require('../support/published');

const { environment, manifest, root, system } = published;
const folder = published.sharedFolder(after);
const read = (...names) => fs.readFileSync(path.join(...names), 'utf8');
const packages = fs.readdirSync(path.join(root, 'npm')).map((name) => `persist-lock-${name}`);

/** The adapters, each a module of the package. */
const ADAPTERS = ['express-session', 'keyv', 'rate-limit', 'unstorage'];

const types = path.join(root, '__test__', 'types');

let packed;
let project;

before(() => {
  packed = published.pack(folder);
  project = published.project(folder, packed.main, packed.addon);
});

/** Writes a program into a project and runs it. */
async function runProgram(name, program, where = project) {
  fs.writeFileSync(path.join(where, name), program);
  const options = { cwd: where, env: environment(folder) };
  const { stdout, stderr, code } = await runScript([name], options);
  return { stdout, stderr, code };
}

function printed(stdout) {
  return { stdout, stderr: '', code: 0 };
}

test('the main package has all files that it needs to run and no others', () => {
  const folders = ['docs', 'examples', 'lib', 'node-persist', 'types'].flatMap((name) =>
    fs
      .readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
      .map((file) => file.replaceAll(path.sep, '/'))
      // The store of `npm start`.
      .filter((file) => !file.includes('/.persist-lock/')),
  );
  const results = fs
    .readdirSync(path.join(root, 'bench', 'results'))
    .filter((name) => /\.(md|svg)$/.test(name));
  const others = [
    ...['LICENSE', 'README.md', 'package.json', 'bin/persist-lock.js', 'binding.js'],
    ...['index.js', 'index.d.ts', 'node-persist.js', 'node-persist.d.ts'],
    ...['postgres.js', 'postgres.d.ts'],
    ...['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'],
    ...results.map((name) => `bench/results/${name}`),
    ...ADAPTERS.flatMap((name) => [`${name}.js`, `${name}.d.ts`]),
  ];
  assert.deepEqual(packed.main.files, [...others, ...folders].sort());
});

test('the links and pictures of the published README lead to files of the package', () => {
  const installed = path.join(project, 'node_modules', 'persist-lock');
  const links = read(installed, 'README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g);
  for (const [, link] of links) assert.ok(fs.existsSync(path.join(installed, link)), link);
});

test('the dry run of CONTRIBUTING.md names the package that would be published', () => {
  const section = read(root, 'CONTRIBUTING.md')
    .split('\n## ')
    .find((text) => text.startsWith('Publishing'));
  const [, commands] = /```sh\n(.*?)```/s.exec(section);
  const [, ...lines] = commands.trim().split('\n');
  const outputs = lines.map((line) => {
    const [command, ...args] = line.split(' ');
    if (command === 'npm') return published.run(packed.copy, command, [...args, '--offline']);
    assert.deepEqual([command, args[0]], ['npx', 'napi']);
    return published.napi(packed.copy, ...args.slice(1));
  });
  assert.equal(outputs.at(-1), `+ persist-lock@${manifest.version}\n`);
});

test("a system's package holds its addon", () => {
  assert.deepEqual(packed.addon.files, ['README.md', 'package.json', published.addon].sort());
  const installed = path.join(project, 'node_modules', `persist-lock-${system}`);
  assert.deepEqual(
    fs.readFileSync(path.join(installed, published.addon)),
    fs.readFileSync(path.join(root, published.addon)),
  );
});

test('the main package depends on those of all systems, in its own version, and runs no script', () => {
  const installed = JSON.parse(read(project, 'node_modules', 'persist-lock', 'package.json'));
  const { optionalDependencies, dependencies, scripts, engines } = installed;
  const expected = packages.map((name) => [name, manifest.version]);
  assert.deepEqual(optionalDependencies, Object.fromEntries(expected));
  assert.equal(dependencies, undefined);
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(scripts[name], undefined, name);
  }
  assert.deepEqual(engines, { node: '>=20' });
});

test('the manifests of the systems are those that napi makes of ours', () => {
  const made = path.join(folder, 'made');
  fs.mkdirSync(made);
  fs.copyFileSync(path.join(root, 'package.json'), path.join(made, 'package.json'));
  published.napi(made, 'create-npm-dirs');
  const names = fs.readdirSync(path.join(made, 'npm'));
  assert.deepEqual(names.map((name) => `persist-lock-${name}`).sort(), [...packages].sort());
  for (const name of names) {
    const [theirs, ours] = [made, root].map((at) => read(at, 'npm', name, 'package.json'));
    assert.deepEqual(JSON.parse(ours), JSON.parse(theirs), name);
  }
});

test('every named system is built, tested and checked for licences', () => {
  const named = new Set(manifest.napi.targets);
  const jobs = read(root, '.github', 'workflows', 'ci.yml').split(/\n {2}(?=[\w-]+:\n)/);
  const targets = (text) => new Set(text.match(/[\w]+-(?:apple|pc|unknown)-[\w-]+/g));
  const ofJobs = (name) => targets(jobs.filter((job) => job.startsWith(name)).join());
  assert.deepEqual(ofJobs('build:'), named);
  assert.deepEqual(ofJobs('test-'), named);
  assert.deepEqual(targets(read(root, 'deny.toml')), named);
});

test("the README's programs", async () => {
  const programs = read(project, 'node_modules', 'persist-lock', 'README.md').matchAll(
    /```js\n(.*?)```/gs,
  );
  const [first, counter] = [...programs].map(([, program]) => program);
  const items = printed('session { user: 7 }\ntoken a token\nvisits 1\n');
  assert.deepEqual(await runProgram('first.mjs', first), items);
  assert.deepEqual(await runProgram('counter.js', counter), printed('100\n'));
  assert.deepEqual(await runProgram('counter.js', counter), printed('200\n'));
});

test('ES modules import it by default and by name', async () => {
  const program = `
    import PersistLock, { PersistLock as Named, PersistLockError } from 'persist-lock';
    import storage, { LocalStorage, init, setItem } from 'persist-lock/node-persist';
    const store = new Named('data');
    await init({ dir: 'data' });
    await setItem('a', 1);
    console.log(await store.getItem('a'), PersistLock === Named, new PersistLockError('C', 'm').code);
    console.log(storage.defaultInstance instanceof LocalStorage);`;
  assert.deepEqual(await runProgram('program.mjs', program), printed('1 true C\ntrue\n'));
});

test('ES modules import adapters by default and by name, without the packages that they are for', async () => {
  const program = `
    import Keyv, { KeyvStore } from 'persist-lock/keyv';
    import driver, { persistLockDriver } from 'persist-lock/unstorage';
    import Limits, { RateLimitStore } from 'persist-lock/rate-limit';
    const cache = new KeyvStore('adapters');
    await cache.set('a', 1);
    console.log(await cache.get('a'), Keyv === KeyvStore, driver === persistLockDriver);
    await cache.disconnect();
    console.log(Limits === RateLimitStore);
    await import('persist-lock/express-session').catch(({ code }) => console.log(code));`;
  const expected = printed('1 true true\ntrue\nMODULE_NOT_FOUND\n');
  assert.deepEqual(await runProgram('adapters.mjs', program), expected);
});

test('beside its modules only the manifest can be required', async () => {
  const program = `
    console.log(require('persist-lock/package.json').version);
    for (const name of ['lib/file/addon', 'binding.js', 'index.js']) {
      try { require('persist-lock/' + name); } catch ({ code }) { console.log(code); }
    }`;
  const refused = `${exportsRefused}\n`.repeat(3);
  const expected = printed(`${manifest.version}\n${refused}`);
  assert.deepEqual(await runProgram('inner.js', program), expected);
});

test('an installed package has the command line', () => {
  // A package's command starts the `node` of the path, which must be the one that runs this test.
  const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  const env = { ...published.environment(project), PATH };
  const npx = (...args) =>
    published.run(project, 'npx', ['--no-install', 'persist-lock', ...args], env);
  assert.equal(npx('--version'), `${manifest.version}\n`);
  npx('set', 'shell', '[1,2]', '-d', 'of-shell');
  assert.equal(npx('get', 'shell', '-d', 'of-shell'), '[1,2]\n');
});

/** The oldest version of TypeScript that the typings are for, and the newest. */
const [oldest, newest] = ['typescript-5.4', 'typescript'];

/**
 * Ways in which TypeScript projects find the package: each a compiler, a `package.json`, and options
 * of the compiler. The target ES5 has its own program, since TypeScript iterates over arrays alone
 * there.
 */
const compilers = [
  { compiler: newest, type: 'commonjs', module: 'node16' },
  { compiler: newest, type: 'module', module: 'node16', exactOptionalPropertyTypes: false },
  { compiler: newest, type: 'commonjs', module: 'preserve', moduleResolution: 'bundler' },
  {
    ...{ compiler: newest, type: 'module', module: 'esnext', moduleResolution: 'bundler' },
    ...{ isolatedModules: true, verbatimModuleSyntax: true, noImplicitOverride: true },
    ...{ noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true },
  },
  { compiler: oldest, type: 'commonjs', module: 'node16', exactOptionalPropertyTypes: false },
  { compiler: oldest, type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  {
    ...{ compiler: oldest, type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
    ...{ target: 'es5', lib: ['es2018'], files: ['es5.ts'] },
  },
];

/** Lists the programs that a project compiles, which may be all ES modules. */
function programsOf(type) {
  const programs = fs
    .readdirSync(types, { recursive: true })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => /\.[cm]?[jt]s$/.test(name));
  // Those need more than such a project has: a library, other typings, modules of the other kind
  // beside its own.
  const left = ['adapter-hosts.mts', 'await-using.mts', 'node.mts', 'node-persist.ts'];
  return programs.filter(
    (name) => !left.includes(name) && !(type === 'module' && /c[jt]s$|^es5/.test(name)),
  );
}

/** Compiles programs in a project that has the package installed, and another that checks types. */
function compile(place, compiler, type, files, options) {
  fs.mkdirSync(path.join(place, 'node_modules'), { recursive: true });
  for (const tool of ['expect-type', '@types']) {
    const link = path.join('node_modules', tool);
    fs.symlinkSync(path.join(root, link), path.join(place, link), 'junction');
  }
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022'], types: [], strict: true, noEmit: true },
    ...{ exactOptionalPropertyTypes: true, allowJs: true, checkJs: true, skipLibCheck: false },
    ...options,
  };
  const config = JSON.stringify({ compilerOptions, files });
  fs.writeFileSync(path.join(place, 'tsconfig.json'), config);
  fs.writeFileSync(path.join(place, 'package.json'), JSON.stringify({ type }));
  const tsc = path.join(root, 'node_modules', compiler, 'bin', 'tsc');
  assert.equal(published.run(place, process.execPath, [tsc, '-p', '.']), '');
}

for (const { compiler, type, files = programsOf(type), ...options } of compilers) {
  const { target = '', moduleResolution = options.module } = options;
  const name = `${compiler}, ${type}, ${moduleResolution} ${target}`.trim();
  test(`a TypeScript project compiles with it: ${name}`, () => {
    const place = path.join(project, name.replaceAll(', ', '-').replaceAll(' ', '-'));
    for (const file of files) fs.cpSync(path.join(types, file), path.join(place, file));
    compile(place, compiler, type, files, options);
  });
}

test('the TypeScript examples of API.md compile', () => {
  const examples = [...read(root, 'docs', 'API.md').matchAll(/^```ts\n(.*?)^```$/gms)];
  assert.notEqual(examples.length, 0);
  const program = [
    "import { PersistLock } from 'persist-lock';",
    ...examples.map(([, code]) => code),
  ];
  const place = path.join(project, 'examples');
  fs.mkdirSync(place);
  fs.writeFileSync(path.join(place, 'examples.ts'), program.join('\n'));
  compile(place, newest, 'module', ['examples.ts'], { module: 'node16', types: ['node'] });
});

/** Runs a program that needs the addon without one, perhaps with another system or environment; returns its error. */
async function refusal(where, { platform = process.platform, arch = process.arch, env } = {}) {
  const program = `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });
    try { require('persist-lock'); } catch ({ name, code, message, cause }) {
      console.log(JSON.stringify({ name, code, message, cause: cause?.message }));
    }`;
  fs.writeFileSync(path.join(where, 'refused.js'), program);
  const options = { cwd: where, env: { ...environment(folder), ...env } };
  const { stdout, stderr } = await runScript(['refused.js'], options);
  assert.equal(stderr, '');
  const { name, code, ...rest } = JSON.parse(stdout);
  assert.deepEqual([name, code], ['PersistLockError', 'ERR_PERSIST_LOCK_NO_ADDON']);
  return rest;
}

test("without a system's package it says which, and what to do", async () => {
  const bare = published.project(folder, packed.main);
  const name = `persist-lock-${system}`;
  const { message } = await refusal(bare);
  assert.match(
    message,
    new RegExp(`The package ${name} is not installed.* without --omit=optional`),
  );
  assert.ok(message.endsWith(`npm install ${name}@${manifest.version}`), message);

  const module = await runProgram('refused.mjs', "import 'persist-lock';", bare);
  assert.ok(module.stderr.includes(message), module.stderr);
  const npx = () => published.run(bare, 'npx', ['--no-install', 'persist-lock', 'keys']);
  assert.throws(npx, { status: 1, stderr: `persist-lock: ${message}\n` });

  const mac = await refusal(bare, { platform: 'darwin', arch: 'arm64' });
  assert.match(mac.message, /The package persist-lock-darwin-arm64 is not installed/);
  for (const [platform, arch] of [
    ['win32', 'ia32'],
    ['sunos', 'x64'],
  ]) {
    const none = await refusal(bare, { platform, arch });
    assert.ok(none.message.startsWith(`There is no addon for ${platform} on ${arch}, only for `));
    for (const one of packages) assert.ok(none.message.includes(one.replace('persist-lock-', '')));
  }
});

test('without an addon the class over PostgreSQL loads, and names the driver that is missing', async () => {
  const bare = published.project(folder, packed.main);
  const program = `
    const PersistLock = require('persist-lock/postgres');
    try {
      new PersistLock({ connectionString: 'postgres://localhost/none' });
    } catch ({ name, code }) {
      console.log(name, code);
    }
    // As pg's pool is made: the class finds its client by the pool.
    class Client {
      constructor() {
        this.connection = { sync() {} };
        this.connectionParameters = {};
      }
    }
    const store = new PersistLock({ pool: { Client, options: {}, connect() {} } });
    try { store.getItemSync('a'); } catch ({ code }) { console.log(code); }
    for (const call of [store.compact(), store.backup('file')]) {
      call.catch(({ code }) => console.log(code));
    }
    console.log(Object.keys(require.cache).filter((file) => /[.]node$|addon/.test(file)).length);`;
  const lines = [
    'PersistLockError ERR_PERSIST_LOCK_NO_DRIVER',
    ...['ERR_PERSIST_LOCK_UNSUPPORTED', '0'],
    ...['ERR_PERSIST_LOCK_UNSUPPORTED', 'ERR_PERSIST_LOCK_UNSUPPORTED'],
  ];
  const expected = printed(`${lines.join('\n')}\n`);
  assert.deepEqual(await runProgram('bare.js', program, bare), expected);
  const module = `
    import PersistLock, { PersistLock as Named, isPersistLockError } from 'persist-lock/postgres';
    console.log(PersistLock === Named, typeof Named.REMOVE, isPersistLockError(new Error()));`;
  assert.deepEqual(await runProgram('bare.mjs', module, bare), printed('true symbol false\n'));
});

test('an addon that the system does not load rejects with the system’s message', async () => {
  const broken = path.join(folder, 'broken.node');
  fs.writeFileSync(broken, 'not an addon');
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: broken };
  const { message, cause } = await refusal(project, { env });
  assert.match(message, /^The addon is there, and the system does not load it: .*broken\.node/);
  assert.ok(message.includes(`: ${cause}. `), cause);
});

test('a clone without a build names the command that builds', async () => {
  const clone = path.join(folder, 'clone', 'node_modules', 'persist-lock');
  fs.cpSync(path.join(project, 'node_modules', 'persist-lock'), clone, { recursive: true });
  fs.copyFileSync(path.join(root, 'package.json'), path.join(clone, 'package.json'));
  const { message } = await refusal(path.join(folder, 'clone'));
  assert.equal(message, 'The addon is not built. Run npm run build');
  fs.rmSync(path.join(clone, 'binding.js'));
  const { message: again, cause } = await refusal(path.join(folder, 'clone'));
  assert.deepEqual([again, /binding\.js/.test(cause)], [message, true]);
});
