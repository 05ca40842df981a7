'use strict';

// The recipes for programs that are built: bundles, single executables, modules that are loaded again.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { promisify } = require('node:util');
const published = require('../support/published');
const recipes = require('../support/recipes');
const { notNode } = require('../support/runtime');
const { onWindows } = require('../support/system');

const skip = notNode || onWindows;

const execute = promisify(execFile);
const folder = published.sharedFolder(after);
const APP = `
  const PersistLock = require('persist-lock');
  const store = new PersistLock('data');
  store.editItem('starts', (starts = 0) => starts + 1).then((starts) => console.log('start', starts));`;

let project;

before(() => {
  if (skip) return;
  project = recipes.project(folder);
  recipes.lend(project, 'webpack', 'rollup', '@rollup/plugin-commonjs', 'vite', 'postject');
  fs.writeFileSync(path.join(project, 'app.js'), APP);
});

/** Runs a command in the project; returns its output. */
async function run(command, ...args) {
  const env = { ...published.environment(folder), PATH: process.env.PATH };
  const { stdout } = await execute(command, args, { cwd: project, env, encoding: 'utf8' });
  return stdout;
}

/** Runs a package's program. */
const program = (file, ...args) =>
  run(process.execPath, path.join(project, 'node_modules', file), ...args);

/** Empties the folder of builds and the store. */
function clean() {
  for (const name of ['dist', 'data']) {
    fs.rmSync(path.join(project, name), { recursive: true, force: true });
  }
}

/** Checks that the one file that was built runs in the project, without a copy of persist-lock in it. */
async function checkBuild() {
  const [name, ...others] = fs.readdirSync(path.join(project, 'dist'));
  assert.deepEqual(others, []);
  const file = path.join('dist', name);
  assert.ok(fs.statSync(path.join(project, file)).size < 5_000, 'persist-lock is in the bundle');
  assert.equal(await run(process.execPath, file), 'start 1\n');
  assert.equal(await run(process.execPath, file), 'start 2\n');
  clean();
}

test('a bundle of esbuild', { skip }, async () => {
  const [command] = recipes.commandsOf('Bundlers');
  const [name, ...args] = command.split(' ');
  assert.equal(name, 'esbuild');
  // A program of the system or a script, as npm installed it.
  await run(path.join(published.root, 'node_modules', '.bin', name), ...args);
  await checkBuild();
});

test('a bundle of webpack', { skip }, async () => {
  const webpack = require('webpack');
  const configuration = require(recipes.write(project, 'webpack.config.js'));
  const compiler = webpack({
    ...configuration,
    context: project,
    output: { path: path.join(project, 'dist') },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  assert.equal(stats.toString({ all: false, errors: true, warnings: true }), '');
  await checkBuild();
});

test('a bundle of Rollup', { skip }, async () => {
  recipes.write(project, 'rollup.config.mjs');
  await program('rollup/dist/bin/rollup', '-c', 'rollup.config.mjs', '--silent');
  await checkBuild();
});

test('an SSR build of Vite', { skip }, async () => {
  recipes.write(project, 'vite.config.mjs');
  fs.writeFileSync(
    path.join(project, 'app.js'),
    APP.replace(/const PersistLock.*;/, "import PersistLock from 'persist-lock';"),
  );
  await program('vite/bin/vite.js', 'build', '--logLevel', 'error');
  fs.writeFileSync(path.join(project, 'app.js'), APP);
  await checkBuild();
});

test(
  'a single executable loads the store from beside itself',
  { skip: skip || process.platform !== 'linux' },
  async () => {
    recipes.write(project, 'executable.js');
    recipes.write(project, 'executable.json');
    const commands = recipes.commandsOf('Single executables');
    const [configure, copy, inject] = commands;
    assert.match(configure, /^node --experimental-sea-config executable\.json$/);
    assert.match(copy, /^cp "\$\(command -v node\)" app$/);
    assert.match(inject, /^npx postject /);
    await run(process.execPath, ...configure.split(' ').slice(1));
    fs.copyFileSync(process.execPath, path.join(project, 'app'));
    await program('postject/dist/cli.js', ...inject.split(' ').slice(2));
    assert.equal(await run(path.join(project, 'app')), 'start 1\n');
    assert.equal(await run(path.join(project, 'app')), 'start 2\n');
    clean();
  },
);

test('a module that a development server loads again keeps its store', { skip }, async () => {
  recipes.write(project, 'store.mjs');
  fs.writeFileSync(
    path.join(project, 'server.mjs'),
    `import { createServer } from 'vite';
    const server = await createServer({
      configFile: false,
      logLevel: 'error',
      appType: 'custom',
      server: { middlewareMode: true, ws: false, hmr: false, watch: null },
    });
    const first = await server.ssrLoadModule('/store.mjs');
    await first.store.setItem('a', 1);
    server.moduleGraph.invalidateAll();
    const second = await server.ssrLoadModule('/store.mjs');
    console.log(first === second, first.store === second.store, await second.store.getItem('a'));
    await server.close();`,
  );
  assert.equal(await run(process.execPath, 'server.mjs'), 'false true 1\n');
  clean();
});
