'use strict';

// Durations on the command line.

const assert = require('node:assert/strict');
const test = require('node:test');
const { durationText, parseDuration } = require('../../lib/cli/durations');
const { UsageError } = require('../../lib/cli/failures');

const DURATIONS = {
  0: 0,
  250: 250,
  '500ms': 500,
  '90s': 90_000,
  '1.5s': 1500,
  '2m': 120_000,
  '1m1ms': 60_001,
  '1h30m': 5_400_000,
  '0.5d': 43_200_000,
  '2d': 172_800_000,
  '1w2d3h4m5s6ms': 788_645_006,
};

test('a duration is a sum of units, or milliseconds', () => {
  for (const [text, time] of Object.entries(DURATIONS)) {
    assert.equal(parseDuration(text, 'TIME'), time, text);
  }
});

test('any other text is refused', () => {
  const wrong = ['', ' 1s', '1 s', 's', '1.5', '-1s', '1e3', '1s1h', '1s1s', '1y', '1.s', '.5s'];
  for (const text of [
    ...wrong,
    '1H',
    'soon',
    'Infinity',
    '9007199254740993',
    `${'9'.repeat(20)}w`,
  ]) {
    assert.throws(() => parseDuration(text, 'TIME'), UsageError, text);
  }
});

test('a duration is written as it can be given', () => {
  const texts = {
    '-5': '0ms',
    0.5: '0ms',
    0: '0ms',
    999.9: '999ms',
    1000: '1s',
    59_999: '59s',
    3_600_000: '1h',
    788_645_006: '1w2d3h4m5s',
  };
  for (const [time, text] of Object.entries(texts)) {
    assert.equal(durationText(Number(time)), text);
    assert.ok(parseDuration(text, 'TIME') <= Math.max(Number(time), 0));
  }
});
