'use strict';

/** Counts the tests of Cargo's test programs, by the lines that they print. */
function rustCounts() {
  const counts = { passed: 0, failed: 0, failures: [], skipped: [] };
  const add = (line) => {
    const result = /^test result: .* (\d+) passed; (\d+) failed;/.exec(line);
    if (result) {
      counts.passed += Number(result[1]);
      counts.failed += Number(result[2]);
    }
    const test = /^test (.*) \.\.\. (FAILED|ignored)(?:, (.*))?$/.exec(line);
    if (test?.[2] === 'FAILED') counts.failures.push(test[1]);
    if (test?.[2] === 'ignored') counts.skipped.push({ name: test[1], reason: test[3] });
  };
  return { counts, add };
}

module.exports = { rustCounts };
