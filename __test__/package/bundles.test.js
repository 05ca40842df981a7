'use strict';

// An addon that is not found or not permitted: in a bundle, in a single executable, under Node's permission model. Each error names
// the cause, and its advice works.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const esbuild = require('esbuild');
const { runScript } = require('../support/processes');
const published = require('../support/published');
const { notNode: skip } = require('../support/runtime');

const { environment, system } = published;
const folder = published.sharedFolder(after);
const [major] = process.versions.node.split('.').map(Number);
const permission = major > 22 ? '--permission' : '--experimental-permission';

/** Uses a store, or prints the error that says why there is none. */
const PROGRAM = `
  import { mkdtempSync } from 'node:fs';
  try {
    const PersistLock = require('persist-lock');
    const store = new PersistLock(mkdtempSync('store-'));
    store.setItem('a', 1).then(() => store.getItem('a')).then((value) => console.log('stored', value));
  } catch ({ name, code, message, cause }) {
    console.log(JSON.stringify({ name, code, message, cause: cause?.message }));
  }`;

let project;

before(() => {
  const packed = published.pack(folder);
  project = published.project(folder, packed.main, packed.addon);
});

/** Bundles the program; returns the bundle's file, in a folder where nothing is installed. */
async function bundle(options) {
  const outdir = fs.mkdtempSync(path.join(folder, 'bundle-'));
  await esbuild.build({
    stdin: { contents: PROGRAM, resolveDir: project },
    ...{ bundle: true, platform: 'node', outdir, logLevel: 'silent' },
    ...options,
  });
  const [file] = fs.readdirSync(outdir).filter((name) => /js$/.test(name));
  return path.join(outdir, file);
}

async function run(args, cwd) {
  const { stdout, stderr, code } = await runScript(['--no-warnings', ...args], {
    cwd,
    env: environment(folder),
  });
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return stdout;
}

async function refusal(args, cwd = path.dirname(args.at(-1))) {
  const { name, code, message, cause } = JSON.parse(await run(args, cwd));
  assert.deepEqual([name, code], ['PersistLockError', 'ERR_PERSIST_LOCK_NO_ADDON']);
  return { message, cause };
}

test('the error of a bundle without the addon says that it is a bundle', { skip }, async () => {
  const isBundle =
    /^persist-lock is part of a bundle, and its addon.*--external:persist-lock.*NAPI_RS_NATIVE/;
  const left = await refusal([await bundle({ external: ['*.node', `persist-lock-${system}`] })]);
  assert.match(left.message, isBundle);
  assert.match(left.cause, /^Cannot find module/);
  // As webpack and Rollup make them: with another file name, or as an ES module, which has none.
  const renamed = await bundle({
    external: ['*.node', `persist-lock-${system}`],
    define: { __filename: '"/index.js"', __dirname: '"/"' },
  });
  assert.match((await refusal([renamed])).message, isBundle);
  const module = await bundle({
    external: ['*.node', `persist-lock-${system}`],
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  assert.match((await refusal([module])).message, isBundle);
});

test(
  'a bundle that leaves the addon out, names its file or copies it works',
  { skip },
  async () => {
    const outside = await bundle({ external: ['persist-lock'] });
    const beside = path.join(project, 'bundle.js');
    fs.copyFileSync(outside, beside);
    assert.equal(await run([beside], project), 'stored 1\n');

    const copied = await bundle({ loader: { '.node': 'copy' } });
    assert.equal(await run([copied], path.dirname(copied)), 'stored 1\n');

    const named = await bundle({ external: ['*.node', `persist-lock-${system}`] });
    const addon = path.join(project, 'node_modules', `persist-lock-${system}`, published.addon);
    process.env.NAPI_RS_NATIVE_LIBRARY_PATH = addon;
    try {
      assert.equal(await run([named], path.dirname(named)), 'stored 1\n');
    } finally {
      delete process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
    }
  },
);

/** Runs a script as a single executable does: its `require` has Node's own modules, and nothing else. */
const AS_EXECUTABLE = `
  const { readFileSync } = require('node:fs');
  const { isBuiltin } = require('node:module');
  const file = process.argv[2];
  const own = (name) => {
    if (name === 'node:sea') return { isSea: () => true };
    if (isBuiltin(name)) return require(name);
    throw Object.assign(new Error('No such built-in module: ' + name), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
  };
  const run = new Function('require', '__filename', '__dirname', readFileSync(file, 'utf8'));
  run(own, process.execPath, require('node:path').dirname(process.execPath));`;

test(
  'the error of a single executable without the addon says that it is one',
  { skip },
  async () => {
    const script = await bundle({ external: ['*.node', `persist-lock-${system}`] });
    const runner = path.join(path.dirname(script), 'runner.js');
    fs.writeFileSync(runner, AS_EXECUTABLE);
    const { message, cause } = await refusal([runner, script]);
    assert.match(
      message,
      /^This is a single executable.*createRequire\(__filename\)\('persist-lock'\)$/,
    );
    assert.match(cause, /^No such built-in module: /);
    const advised = `require('node:module').createRequire(${JSON.stringify(path.join(project, 'app'))})`;
    const program = `const PersistLock = ${advised}('persist-lock'); console.log(typeof PersistLock);`;
    assert.equal(await run(['-e', program], folder), 'function\n');
  },
);

test(
  'where Node does not permit the addon, the error names the option that permits it',
  { skip },
  async () => {
    const program = path.join(project, 'permitted.js');
    fs.copyFileSync(await bundle({ external: ['persist-lock'] }), program);
    const everything = ['--allow-fs-read=*', '--allow-fs-write=*'];
    const forbidden = /^Node does not permit this process to load the addon of persist-lock\. /;
    for (const args of [['--no-addons'], [permission, ...everything]]) {
      const { message, cause } = await refusal([...args, program], project);
      assert.match(message, forbidden);
      assert.match(message, /Run node with --allow-addons .* without --no-addons$/);
      assert.match(cause, /loading addons is disabled/);
    }
    assert.equal(
      await run([permission, '--allow-addons', ...everything, program], project),
      'stored 1\n',
    );

    const modules = path.join(project, 'node_modules');
    const readable = ['persist-lock', '.package-lock.json'].map((name) =>
      path.join(modules, name, '*'),
    );
    const files = [program, path.join(project, 'package.json'), ...readable];
    const few = files.map((file) => `--allow-fs-read=${file}`);
    const args = [permission, '--allow-addons', '--allow-fs-write=*', ...few, program];
    const { message } = await refusal(args, project);
    assert.match(message, forbidden);
    assert.match(message, /let --allow-fs-read include the node_modules of persist-lock$/);
  },
);
