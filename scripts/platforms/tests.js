'use strict';

// Runs the JavaScript tests on another platform, one file after the other.

const fs = require('node:fs');
const path = require('node:path');
const { readReport } = require('../junit');
const { named, newFolder, run } = require('./programs');
const { reasonsFor } = require('./left-out');
const { root } = require('./tools');

/** The time limits of a test and of a file, in milliseconds: emulation is slow. */
const LONGEST_TEST = 120_000;
const LONGEST_FILE = 900_000;

/** Lists the test files, those of some folders or all. */
function testFiles(folders) {
  return fs
    .readdirSync(path.join(root, '__test__'), { recursive: true })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => folders.length === 0 || folders.some((each) => name.startsWith(each)))
    .sort();
}

function argumentsFor(file, report) {
  const reporter = ['--test-reporter=junit', `--test-reporter-destination=${report}`];
  return [...reporter, `--test-timeout=${LONGEST_TEST}`, `__test__/${file}`];
}

/** Runs a file; returns how many tests passed, and those that failed or were left out. */
async function runFile(target, runtime, file, { folder, variables }) {
  const reasons = reasonsFor(target, file);
  if (reasons.whole) return { passed: 0, failed: [], left: [{ file, reason: reasons.whole }] };
  const name = file.replaceAll('/', '+');
  const report = path.relative(root, path.join(folder, `${name}.xml`)).replaceAll(path.sep, '/');
  const ended = await run(target.system.runtime(runtime), argumentsFor(file, report), {
    env: { ...target.system.env, ...variables },
    output: path.join(folder, `${name}.txt`),
    limit: LONGEST_FILE,
  });
  const xml = path.join(root, report);
  const results = fs.existsSync(xml) ? readReport(fs.readFileSync(xml, 'utf8')) : [];
  const having = (state) => results.filter((test) => test.state === state);
  const failures = having('failed').map((test) => test.name);
  const failed = failures.filter((test) => !reasons.of(test));
  if (ended.code !== 0 && failures.length === 0) {
    failed.push(ended.isLate ? 'did not end' : `ended with ${ended.code}`);
  }
  if (ended.isLate) target.system.stop();
  const left = [
    ...having('skipped').map((test) => ({ file, test: test.name, reason: test.reason })),
    ...failures.filter(reasons.of).map((test) => ({ file, test, reason: reasons.of(test) })),
  ];
  return { passed: having('passed').length, failed, left };
}

/** Starts PostgreSQL natively, which the tests reach over TCP; gives `undefined` where there is none. */
async function startServer() {
  // Loaded here alone: the other parts need no JavaScript packages.
  const { withoutServer } = require('../../__test__/support/postgres/binaries');
  if (withoutServer) return undefined;
  return require('../../__test__/support/postgres/servers').ownServer();
}

/** Runs the test files of some folders, or all; returns their counts. */
async function tests(target, runtime, folders) {
  const folder = newFolder(target.triple, runtime.replaceAll('/', '+'));
  const total = { passed: 0, failed: [], left: [] };
  const server = await startServer();
  const variables = server ? { PERSIST_LOCK_POSTGRES: server.url } : {};
  for (const file of testFiles(folders)) {
    const { passed, failed, left } = await runFile(target, runtime, file, { folder, variables });
    console.log(
      `${target.triple}, ${named(runtime)}, ${file}: ${passed} passed, ${failed.length} failed, ${left.length} left out`,
    );
    total.passed += passed;
    total.failed.push(...failed.map((test) => `${file}: ${test}`));
    total.left.push(...left);
  }
  await server?.remove();
  return total;
}

module.exports = { testFiles, tests };
