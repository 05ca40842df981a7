'use strict';

// Checks, links and tests the Rust side for other targets, with the toolchain of rustup.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { rustCounts } = require('../rust-counts');
const { reasonsFor } = require('./left-out');
const { must, once, python, root } = require('./tools');

const variable = ({ triple }, name) =>
  `CARGO_TARGET_${triple.toUpperCase().replaceAll('-', '_')}_${name}`;

/** Installs the standard library for some targets. */
function install(targets) {
  must('rustup', ['target', 'add', ...targets.map(({ triple }) => triple)]);
}

/** An empty library in the place of Node's: the addon finds Node's functions when it is loaded. */
function emptyNode() {
  return once('libnode', (folder) => {
    fs.writeFileSync(path.join(folder, 'libnode.dll'), '');
    fs.writeFileSync(path.join(folder, 'libnode.a'), '!<arch>\n');
  });
}

/** Makes the environment in which Cargo compiles for some targets. */
function environment(targets) {
  const variables = targets.flatMap((target) => [
    [variable(target, 'LINKER'), target.linker === 'zig' ? undefined : target.linker],
    [variable(target, 'RUNNER'), target.system?.runner],
    // An addon is a dynamic library, which musl's targets make only without a libc of their own.
    [
      variable(target, 'RUSTFLAGS'),
      target.triple.endsWith('-musl') ? '-C target-feature=-crt-static' : undefined,
    ],
  ]);
  // zig's programs find each other there.
  const programs = targets.some(({ linker }) => linker === 'zig')
    ? `${path.dirname(python('zig'))}${path.delimiter}`
    : '';
  return {
    ...process.env,
    PATH: `${programs}${process.env.PATH}`,
    ...Object.fromEntries(variables.filter(([, value]) => value !== undefined)),
    // What is published is optimised more, which takes four times as long.
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    // macOS' own program for this is missing here.
    CARGO_PROFILE_RELEASE_STRIP: 'none',
    LIBNODE_PATH: emptyNode(),
  };
}

function cargo(targets, [command, ...args], rest = []) {
  const all = [...args, ...targets.flatMap(({ triple }) => ['--target', triple]), ...rest];
  console.log(`> ${path.basename(command)} ${all.join(' ')}`);
  const stdio = ['ignore', 'inherit', 'inherit'];
  return spawnSync(command, all, { cwd: root, env: environment(targets), stdio }).status === 0;
}

/**
 * Runs a step for all targets at once, which takes less time. If that fails, runs it for each, to tell
 * the targets for which it fails.
 */
function forAll(targets, step) {
  const isFine = targets.length === 0 || step(targets);
  return new Map(targets.map((each) => [each, isFine || step([each])]));
}

/** Checks everything, tests too, as far as it needs no linker. Warnings are errors. */
function check(targets) {
  const clippy = ['cargo', 'clippy', '--quiet', '--all-targets'];
  return forAll(targets, (some) => cargo(some, clippy, ['--', '-D', 'warnings']));
}

/** Builds the addons, and puts them where `binding.js` finds them. */
function link(targets) {
  const [byZig, others] = [true, false].map((wanted) =>
    targets.filter(({ linker }) => (linker === 'zig') === wanted),
  );
  const options = ['--quiet', '--release'];
  const linked = new Map([
    ...forAll(others, (some) => cargo(some, ['cargo', 'build', ...options])),
    ...forAll(byZig, (some) => cargo(some, [python('cargo-zigbuild'), 'zigbuild', ...options])),
  ]);
  for (const [{ triple, addon }, isLinked] of linked) {
    if (!isLinked) continue;
    const folder = path.join(root, 'target', triple, 'release');
    const [built] = ['libpersist_lock.so', 'libpersist_lock.dylib', 'persist_lock.dll'].filter(
      (name) => fs.existsSync(path.join(folder, name)),
    );
    fs.copyFileSync(path.join(folder, built), path.join(root, `persist-lock.${addon}.node`));
  }
  return linked;
}

/** Runs the tests of the core; returns their counts. */
function core(target) {
  const [command, first] =
    target.linker === 'zig' ? [python('cargo-zigbuild'), 'test'] : ['cargo', 'test'];
  const args = [first, '--quiet', '--no-fail-fast', '--no-default-features'];
  const all = [...args, '--target', target.triple, '--', '--format=pretty'];
  console.log(`> ${path.basename(command)} ${all.join(' ')}`);
  const ended = spawnSync(command, all, {
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

module.exports = { install, check, link, core };
