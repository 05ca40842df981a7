'use strict';

// Items of every kind, with the texts of their values, for tests of what copies and prints stores.

const { succeed } = require('./command');

const LATER = 4_000_000_000_000;

function deep(levels) {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** The items as lines of `import` have them. */
const oddItems = [
  ['', '0'],
  ['a', '"a"'],
  ['a b', '{"b":"\\u0061","":[null,true,-0,1e21,1E+2,12345678901234567890]}', LATER],
  ['"\\\n\r\t', '"\\"\\\\\\n"'],
  ['\0', '"\\u0000"'],
  ['\ud83d', '"\\ud83d"'],
  ['\udc00\ud83d', '{"\\udc00":"\\ud83d"}', LATER],
  ['😀', '"😀"'],
  ['ü'.repeat(399), '1'],
  ['ü'.repeat(400), '2'],
  [`${'ü'.repeat(400)}a`, '3'],
  [`${'ü'.repeat(400)}b`, '4'],
  ['x'.repeat(100_000), '5'],
  ['__proto__', '{"__proto__":{"constructor":1},"toString":2}'],
  ['deep', deep(1000)],
  ['expires', 'null', LATER],
  ['like an expiry', '{"expires":5}'],
  ['like the end of an expiry', '",\\"expires\\":5}"'],
  ['large', JSON.stringify('😀'.repeat(2_500_000))],
];

/** Puts these items into a store. */
async function putOddItems(place) {
  const lines = oddItems.map(([key, json, expires]) => {
    const end = expires === undefined ? '' : `,"expires":${expires}`;
    return `{"key":${JSON.stringify(key)},"value":${json}${end}}\n`;
  });
  await succeed(['import', '-d', place], { input: lines.join('') });
}

module.exports = { oddItems, putOddItems };
