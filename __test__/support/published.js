'use strict';

// The packages as they are published: packed from a copy of the repository after the first step of `npm publish`. And projects
// that have them installed, without a network.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
require('../../lib/file/addon');

const root = path.resolve(__dirname, '..', '..');
const manifest = require('../../package.json');

/** Large files and folders that are in no package. */
const NOT_COPIED = new Set(
  ['.git', 'bench/.stores', 'bench/node_modules', 'fuzz', 'node_modules', 'target'].map(
    path.normalize,
  ),
);

/** The file that holds the addon of this system: the one that has just been loaded. */
const addon = path.basename(Object.keys(require.cache).find((file) => file.endsWith('.node')));
/** This system's name in the names of packages. */
const system = addon.split('.').at(-2);

/**
 * This system in npm's options: npm takes that of its own Node, the path's, which need not be the
 * Node that runs a test.
 */
const forSystem = ['os', 'cpu', 'libc'].flatMap((part) => {
  const [name] = require(`../../npm/${system}/package.json`)[part] ?? [];
  return name === undefined ? [] : [`--${part}=${name}`];
});

/** Makes an environment without npm's variables for scripts, and with an empty cache. */
function environment(folder) {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return { ...Object.fromEntries(own), npm_config_cache: path.join(folder, '.cache') };
}

function npm(folder, ...args) {
  return run(folder, 'npm', [...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund']);
}

function run(folder, command, args, env = environment(folder)) {
  // Windows finds npm and npx, which are scripts there, only through its shell.
  const shell = process.platform === 'win32';
  return execFileSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell,
  });
}

/** Packs both packages that this system needs; `main` and `addon` are `{ file, files }`, `copy` the repository. */
function pack(folder) {
  const copy = path.join(folder, 'repository');
  const filter = (file) => !NOT_COPIED.has(path.relative(root, file));
  fs.cpSync(root, copy, { recursive: true, filter });
  preparePublishing(copy);
  return { copy, main: packOne(copy, '.'), addon: packOne(copy, `./npm/${system}`) };
}

/** Does the first step of `npm publish`, without publishing the packages of the systems: writes the optional dependencies. */
function preparePublishing(copy) {
  for (const name of fs.readdirSync(path.join(copy, 'npm'))) {
    const file = `${manifest.napi.binaryName}.${name}.node`;
    const built = path.join(root, file);
    const target = path.join(copy, 'npm', name, file);
    // Those of other systems are built elsewhere.
    if (name === system) fs.copyFileSync(built, target);
    else fs.writeFileSync(target, '');
  }
  const [, ...args] = manifest.scripts.prepublishOnly.split(' ');
  napi(copy, ...args, '--skip-optional-publish', '--no-gh-release');
}

function napi(folder, ...args) {
  const file = require.resolve('@napi-rs/cli/package.json');
  const script = path.join(path.dirname(file), require(file).bin.napi);
  execFileSync(process.execPath, [script, ...args], { cwd: folder, stdio: 'pipe' });
}

function packOne(copy, from) {
  const [{ filename, files }] = JSON.parse(npm(copy, 'pack', from, '--json'));
  return { file: path.join(copy, filename), files: files.map((file) => file.path).sort() };
}

/** An empty project in which packages are installed, from their files. */
function project(folder, ...packages) {
  const made = fs.mkdtempSync(path.join(folder, 'project-'));
  fs.writeFileSync(path.join(made, 'package.json'), '{"name":"project","private":true}');
  npm(made, 'install', ...forSystem, ...packages.map(({ file }) => file));
  return made;
}

/** A folder that is gone after a file's tests. */
function sharedFolder(after) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

module.exports = {
  addon,
  environment,
  manifest,
  napi,
  pack,
  project,
  root,
  run,
  sharedFolder,
  system,
};
