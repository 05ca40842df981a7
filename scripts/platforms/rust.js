'use strict';

// Checks, links and tests the Rust side for other targets. Uses Debian's Rust together with its sources
// of the standard library, which is compiled for each target: so no target needs anything prebuilt.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { rustCounts } = require('../rust-counts');
const { reasonsFor } = require('./left-out');
const { once, python, root } = require('./tools');

const output = path.join(root, 'target', 'platforms');
const packages = [
  ...['rustc-web', 'cargo-web', 'rust-web-src', 'gcc', 'libc6-dev'],
  'python3-venv',
];
/** The crates of the standard library that are compiled. */
const STD = {
  release: '-Zbuild-std=std,panic_abort',
  check: '-Zbuild-std=std,panic_abort,test,proc_macro',
  test: '-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro',
};

const variable = ({ triple }, name) =>
  `CARGO_TARGET_${triple.toUpperCase().replaceAll('-', '_')}_${name}`;

/** An empty library in the place of Node's: the addon finds Node's functions when it is loaded. */
function emptyNode() {
  return once('libnode', (folder) => {
    fs.writeFileSync(path.join(folder, 'libnode.dll'), '');
    fs.writeFileSync(path.join(folder, 'libnode.a'), '!<arch>\n');
  });
}

/** Makes the environment in which Cargo compiles for some targets. */
function environment(targets) {
  const linkers = targets
    .filter(({ linker }) => linker && linker !== 'zig')
    .map((target) => [variable(target, 'LINKER'), target.linker]);
  const runners = targets
    .filter(({ system }) => system?.runner)
    .map((target) => [variable(target, 'RUNNER'), target.system.runner]);
  return {
    ...process.env,
    ...Object.fromEntries([...linkers, ...runners]),
    // musl's Node is dynamic, so its addons must be.
    ...Object.fromEntries(
      targets
        .filter(({ triple }) => triple.endsWith('-musl'))
        .map((target) => [variable(target, 'RUSTFLAGS'), '-C target-feature=-crt-static']),
    ),
    PATH: ['/usr/bin', path.dirname(python('python')), process.env.PATH].join(path.delimiter),
    RUSTC: '/usr/bin/rustc',
    RUSTDOC: '/usr/bin/rustdoc',
    // Lets a stable compiler compile the standard library.
    RUSTC_BOOTSTRAP: '1',
    CARGO_TARGET_DIR: output,
    CARGO_INCREMENTAL: '0',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    // macOS' own program for this is missing here.
    CARGO_PROFILE_RELEASE_STRIP: 'none',
    LIBNODE_PATH: emptyNode(),
  };
}

function cargo(targets, command, args) {
  const named = targets.flatMap(({ triple }) => ['--target', triple]);
  const all = [...args, ...named];
  console.log(`> ${path.basename(command)} ${all.join(' ')}`);
  const stdio = ['ignore', 'inherit', 'inherit'];
  return spawnSync(command, all, { cwd: root, env: environment(targets), stdio }).status === 0;
}

/**
 * Runs a step for all targets at once, which takes less time. If that fails, runs it for each, to tell
 * the targets for which it fails.
 */
function forAll(targets, step) {
  if (targets.length === 0 || step(targets)) return new Map(targets.map((each) => [each, true]));
  return new Map(targets.map((each) => [each, step([each])]));
}

/** Compiles everything, tests too, as far as it needs no linker. Warnings are errors. */
function check(targets) {
  const args = ['check', '--quiet', STD.check, '--all-targets', '-Zwarnings'];
  const strict = ['--config', 'build.warnings="deny"'];
  return forAll(
    targets,
    (some) =>
      cargo(some, 'cargo', [...args, ...strict]) &&
      cargo(some, 'cargo', [...args, ...strict, '--no-default-features']),
  );
}

/** Builds the addons, and puts them where `binding.js` finds them. */
function link(targets) {
  const [byZig, others] = [true, false].map((wanted) =>
    targets.filter(({ linker }) => (linker === 'zig') === wanted),
  );
  const build = ['--quiet', '--release', STD.release];
  const linked = new Map([
    ...forAll(others, (some) => cargo(some, 'cargo', ['build', ...build])),
    ...forAll(byZig, (some) => cargo(some, python('cargo-zigbuild'), ['zigbuild', ...build])),
  ]);
  for (const [{ triple, addon }, isLinked] of linked) {
    if (!isLinked) continue;
    const folder = path.join(output, triple, 'release');
    const [built] = ['libpersist_lock.so', 'libpersist_lock.dylib', 'persist_lock.dll'].filter(
      (name) => fs.existsSync(path.join(folder, name)),
    );
    fs.copyFileSync(path.join(folder, built), path.join(root, `persist-lock.${addon}.node`));
  }
  return linked;
}

/** Runs the tests of the core; returns their counts. */
function core(target) {
  const args = ['test', '--quiet', '--no-fail-fast', STD.test, '--no-default-features'];
  const all = [...args, '--target', target.triple, '--', '--format=pretty'];
  console.log(`> cargo ${all.join(' ')}`);
  const ended = spawnSync('cargo', all, {
    cwd: root,
    env: { ...environment([target]), ...target.system.env },
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  const { add, counts } = rustCounts();
  for (const line of ended.stdout.split('\n')) add(line);
  const reasons = reasonsFor(target, 'core');
  const [left, failed] = [true, false].map((wanted) =>
    counts.failures.filter((test) => (reasons.of(test) !== undefined) === wanted),
  );
  if (ended.status !== 0 && counts.failures.length === 0) failed.push('the tests did not run');
  if (failed.length > 0) console.log(ended.stdout, ended.stderr);
  return {
    passed: counts.passed,
    failed: failed.map((test) => `core: ${test}`),
    left: [
      ...left.map((test) => ({ file: 'core', test, reason: reasons.of(test) })),
      ...counts.skipped.map(({ name, reason }) => ({ file: 'core', test: name, reason })),
    ],
  };
}

module.exports = { packages, check, link, core };
