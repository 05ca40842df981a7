'use strict';

// The part of vitest that the published suites of adapters use, over Node's test runner.

const assert = require('node:assert/strict');
const { isDeepStrictEqual } = require('node:util');
const { afterEach, beforeEach, test } = require('node:test');

/** Makes `expect`, and counts its calls. */
function expectation() {
  const counts = { expected: undefined, seen: 0 };
  const expect = (value) => {
    counts.seen++;
    return {
      toBe: (other) => assert.ok(Object.is(value, other), `${value} is not ${other}`),
      toBeDefined: () => assert.notEqual(value, undefined),
      toBeFalsy: () => assert.ok(!value, `${value}`),
      toBeNull: () => assert.equal(value, null),
      toBeTruthy: () => assert.ok(value, `${value}`),
      toBeUndefined: () => assert.equal(value, undefined),
      toEqual: (other) => assert.ok(isDeepStrictEqual(value, other), `${value} is not ${other}`),
    };
  };
  expect.assertions = (expected) => Object.assign(counts, { expected });
  return { expect, counts };
}

/** Defines a test whose context has `expect`. */
function it(name, run) {
  test(name, async () => {
    const { expect, counts } = expectation();
    await run({ expect });
    if (counts.expected !== undefined) assert.equal(counts.seen, counts.expected);
  });
}

module.exports = { afterEach, beforeEach, it, test: it };
