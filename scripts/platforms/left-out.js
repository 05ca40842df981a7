'use strict';

// The tests that cannot pass on an emulated system because of what emulates it, each with its reason.
// Nothing of persist-lock's own is listed: a test that does not hold on a platform says so itself.

const NO_DELETE = 'wine deletes no folder that has open files';
const NO_JUNCTIONS = 'wine makes no junctions';
const NO_ROLLUP = 'npm installs Rollup for the C library and processor of the machine alone';
const NO_INSTALL = 'npm of this machine installs no package for another processor';
const NO_COMPILER =
  'npm installs the compiler of TypeScript for the processor of the machine alone';
const NO_FETCH =
  'wine connects no socket whose keep-alive was set before, and so none of `fetch` of Node';

const MUSL = ['x86_64-unknown-linux-musl'];
const EMULATED = ['qemu 7.2'];

/**
 * The list. `on` names systems or targets. `file` is a test file or a folder of `__test__`, or `core`
 * for the tests in Rust; with `test` one test of it alone.
 */
const leftOut = [
  {
    on: ['wine 8'],
    file: 'core',
    test: 'items::live_stores::a_deleted_folder_is_noticed',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'core',
    test: 'disk::names::files_that_replace_the_same_open_file_at_once_all_succeed',
    reason:
      'wine does not rename as POSIX has it, and on a busy machine the other way takes too long',
  },
  {
    on: ['wine 8'],
    file: 'adapters/express-session.test.js',
    test: 'an application finds its sessions again in another instance',
    reason: NO_FETCH,
  },
  {
    on: ['wine 8'],
    file: 'adapters/rate-limit.test.js',
    test: 'express-rate-limit refuses a client after its limit, in all limiters of a store',
    reason: NO_FETCH,
  },
  {
    on: ['wine 8'],
    file: 'command-line/copy.test.js',
    test: 'one store is not copied into itself',
    reason: NO_JUNCTIONS,
  },
  {
    on: ['wine 8'],
    file: 'files/blocking.test.js',
    test: 'blocking calls go on in a new folder when theirs is deleted',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'files/folders.test.js',
    test: 'a store whose folder is deleted or replaced reopens',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'files/reading.test.js',
    test: 'a reader follows a store that is deleted and made again',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'files/stats.test.js',
    test: 'the counts belong to one instance and survive a change of files',
    reason: NO_DELETE,
  },
  ...[
    'several processes go on in a new folder when theirs is deleted',
    'processes that write when their folder is deleted go on in a new one',
    'each call goes on in a new folder when its own was deleted or moved',
    'a compaction survives the deletion or replacement of its folder',
    'a callback that runs when its folder is replaced ends, and so do the calls that wait for it',
  ].map((test) => ({ on: ['wine 8'], file: 'files/replaced.test.js', test, reason: NO_DELETE })),
  ...[
    'instances go on from a backup that replaces a data file',
    'a backup renamed to the name of the data file is read at once',
  ].map((test) => ({
    on: ['wine 8'],
    file: 'files/replaced.test.js',
    test,
    reason: 'wine lets Node rename no file to the name of one that is open',
  })),
  {
    on: ['wine 8'],
    file: 'node-persist/differences.test.js',
    test: 'A deleted folder is created again, without items',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'node-persist/migrating.test.js',
    reason: NO_JUNCTIONS,
  },
  ...['v0', 'v1', 'v2'].map((version) => ({
    on: ['wine 8'],
    file: 'node-persist/older-differences.test.js',
    test: `${version}: A set that fails is not seen`,
    reason: NO_DELETE,
  })),
  {
    on: ['wine 8'],
    file: 'node-persist/suite.test.js',
    reason: NO_JUNCTIONS,
  },
  ...['package/bundles.test.js', 'package/packages.test.js'].map((file) => ({
    on: ['wine 8'],
    file,
    reason: 'the Node for Windows that npm has comes without npm',
  })),
  {
    on: EMULATED,
    file: 'package/examples.test.js',
    test: 'a TypeScript project compiles, counts, and keeps typed settings',
    reason: NO_COMPILER,
  },
  ...['package/bundles.test.js', 'package/packages.test.js', 'recipes/packaging.test.js'].map(
    (file) => ({
      on: EMULATED,
      file,
      reason: NO_INSTALL,
    }),
  ),
  ...[
    'package/examples.test.js',
    'package/readme.test.js',
    'recipes/programs.test.js',
    'recipes/testing.test.js',
  ].map((file) => ({ on: ['wine 8'], file, reason: NO_JUNCTIONS })),
  {
    on: ['wine 8'],
    file: 'postgres/texts.test.js',
    test: 'a value with 3 000 levels comes back',
    reason: 'under wine Node writes no JSON of 2 000 levels',
  },
  {
    on: ['wine 8'],
    file: 'program/pending.test.js',
    reason: 'under wine an asynchronous edit takes six times as long, and some tests make 100 000',
  },
  {
    on: ['wine 8'],
    file: 'program/stacks.test.js',
    test: 'a program whose errors call the store when they are made waits for nothing',
    reason: NO_DELETE,
  },
  {
    on: ['wine 8'],
    file: 'program/watching.test.js',
    test: 'a watcher goes on in a store that was deleted and made again',
    reason: NO_DELETE,
  },
  ...[
    'a bundle of Rollup',
    'an SSR build of Vite',
    'a module that a development server loads again keeps its store',
  ].map((test) => ({ on: MUSL, file: 'recipes/packaging.test.js', test, reason: NO_ROLLUP })),
  {
    on: [...EMULATED, ...MUSL],
    file: 'recipes/testing.test.js',
    test: 'Vitest runs the recipe for tests',
    reason: NO_ROLLUP,
  },
  {
    on: MUSL,
    file: 'recipes/packaging.test.js',
    test: 'a single executable loads the store from beside itself',
    reason: 'the Node that PyPI has for musl finds its libraries in its own folder alone',
  },
];

/** Finds the reasons for which a file, or tests of it, are left out on a target. */
function reasonsFor({ triple, system }, file) {
  const here = leftOut.filter(
    (entry) =>
      file.startsWith(entry.file) && [triple, system.name].some((name) => entry.on.includes(name)),
  );
  return {
    whole: here.find(({ test }) => test === undefined)?.reason,
    of: (name) => here.find(({ test }) => test === name)?.reason,
  };
}

module.exports = { reasonsFor };
