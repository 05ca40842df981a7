'use strict';

// Checks, links and runs persist-lock for the platforms of its packages, on one machine, and prints a
// table. `--help` tells how to choose some of it.
//
// `platforms/targets.js` has the targets, `platforms/left-out.js` the tests that emulation cannot pass.

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { counter } = require('./platforms/counter');
const { named } = require('./platforms/programs');
const rust = require('./platforms/rust');
const targets = require('./platforms/targets');
const { testFiles, tests } = require('./platforms/tests');
const { cache, debian, must, root } = require('./platforms/tools');
const { printTable } = require('./table');

const PARTS = ['check', 'counter', 'core', 'tests'];

const HELP = `Checks, links and runs persist-lock for the platforms of its packages, on Debian 12 for x64, as root.
Installs packages of Debian, targets of rustup, and the rest into ${cache}.

  npm run platforms                              all parts for all targets
  npm run platforms -- windows aarch64           targets whose names contain one of the words
  npm run platforms -- --check                   some parts: --check, --counter, --core (the tests in
                                                 Rust), --tests (those in JavaScript)
  npm run platforms -- --tests contract/ musl    JavaScript tests of a folder alone

Targets:
  ${targets.map(({ triple }) => triple).join('\n  ')}`;

function chosen({ values, positionals }) {
  const names = positionals.filter((word) => !word.includes('/'));
  const unknown = names.find((name) => !targets.some(({ triple }) => triple.includes(name)));
  if (unknown !== undefined)
    throw new Error(`No target has '${unknown}' in its name. --help lists the targets.`);
  const some = targets.filter(({ triple }) => names.some((name) => triple.includes(name)));
  const parts = PARTS.filter((part) => values[part]);
  const folders = positionals.filter((word) => word.includes('/'));
  const empty = folders.find((folder) => testFiles([folder]).length === 0);
  if (empty !== undefined) throw new Error(`No test file is in '${empty}' of __test__.`);
  return {
    some: names.length > 0 ? some : targets,
    parts: new Set(parts.length > 0 ? parts : PARTS),
    folders,
  };
}

/** Installs what some targets need, and prepares their systems. */
function install(some, isRun) {
  rust.install(some);
  if (!isRun) return;
  debian(some.flatMap(({ packages = [], system }) => [...packages, ...(system?.packages ?? [])]));
  for (const { system } of some) system?.prepare();
  // The loader of the addon, and the packages that tests need.
  if (!fs.existsSync(path.join(root, 'binding.js'))) must('npm', ['run', 'build']);
}

/** Tells in a cell of the table if a step was done. */
function told(done) {
  return done === undefined ? '' : done ? 'yes' : 'NO';
}

/** Tells the counts of a run of tests in a cell of the table. */
function tally(counts) {
  if (counts === undefined) return '';
  const { passed, failed, left } = counts;
  const parts = [`${passed} passed`];
  if (failed.length > 0) parts.push(`${failed.length} FAILED`);
  if (left.length > 0) parts.push(`${left.length} left out`);
  return parts.join(', ');
}

/** Runs the parts of a target that start programs; returns its rows of the table. */
async function runTarget(target, { parts, folders }) {
  const { runtimes, system } = target;
  const core = parts.has('core') ? rust.core(target) : undefined;
  const rows = [];
  for (const runtime of runtimes) {
    const counts = parts.has('counter') ? await counter(target, runtime) : undefined;
    const counted = parts.has('tests') ? await tests(target, runtime, folders) : undefined;
    rows.push({
      where: `${named(runtime)}, ${system.name}`,
      cells: [counts ? counts.join(', ') : '', '', tally(counted)],
      failed: [
        ...(counts && counts.join() !== '100,200' ? [`the counter: ${counts.join(', ')}`] : []),
        ...(counted?.failed ?? []),
      ],
      left: counted?.left ?? [],
    });
  }
  if (core) {
    if (rows.length === 0)
      rows.push({ where: system.name, cells: ['', '', ''], failed: [], left: [] });
    rows[0].cells[1] = tally(core);
    rows[0].failed.push(...core.failed);
    rows[0].left.push(...core.left);
  }
  system.stop();
  return rows;
}

/** Prints the tests that were left out, once for each reason. */
function printLeftOut(rows) {
  const reasons = new Map();
  for (const { where, left } of rows) {
    for (const { file, test, reason } of left) {
      const name = [file, test].filter(Boolean).join(': ');
      const place = `${where}: ${name}`;
      reasons.set(reason, [...(reasons.get(reason) ?? []), place]);
    }
  }
  if (reasons.size > 0) console.log('\nLeft out:');
  for (const [reason, places] of reasons) console.log(`  ${reason}:\n    ${places.join('\n    ')}`);
}

async function main(args) {
  const options = Object.fromEntries([...PARTS, 'help'].map((name) => [name, { type: 'boolean' }]));
  const given = parseArgs({ args, options, allowPositionals: true });
  if (given.values.help) return console.log(HELP);
  const choice = chosen(given);
  const { some, parts } = choice;
  const needsAddon = parts.has('counter') || parts.has('tests');
  install(some, needsAddon || parts.has('core'));
  const checked = parts.has('check') ? rust.check(some) : new Map();
  const linked = needsAddon
    ? rust.link(some.filter(({ addon, linker }) => addon && linker))
    : new Map();

  const rows = [];
  for (const target of some) {
    const cells = [target.triple, told(checked.get(target)), told(linked.get(target))];
    const isRun =
      target.system && (needsAddon || parts.has('core')) && linked.get(target) !== false;
    const ran = isRun ? await runTarget(target, choice) : [];
    if (ran.length === 0) ran.push({ where: '', cells: ['', '', ''], failed: [], left: [] });
    if (checked.get(target) === false)
      ran[0].failed.unshift('it is refused by the compiler or clippy');
    if (linked.get(target) === false) ran[0].failed.unshift('it does not link');
    for (const row of ran) {
      const where = [target.triple, row.where].filter(Boolean).join(', ');
      rows.push({ ...row, where, cells: [...cells, row.where, ...row.cells] });
    }
  }

  printLeftOut(rows);
  console.log('');
  printTable([
    ['target', 'checked', 'linked', 'run on', 'counter', 'core', 'tests'],
    ...rows.map(({ cells }) => cells),
  ]);
  const failures = rows.flatMap(({ where, failed }) => failed.map((each) => `${where}: ${each}`));
  if (failures.length > 0) console.log(`\nFailed:\n  ${failures.join('\n  ')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
