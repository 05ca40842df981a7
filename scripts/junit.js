'use strict';

// Reads the tests of a report in JUnit's format.

/** Lists the tests of a report, each with its name and state, and the reason why it was skipped. */
function readReport(xml) {
  const cases = xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g);
  return [...cases].map(([, attributes, inner = '']) => ({
    name: unescaped(/\bname="([^"]*)"/.exec(attributes)[1]),
    // A test that did not pass contains an element with the reason.
    state: /<(?:failure|error)\b/.test(inner)
      ? 'failed'
      : /<skipped\b/.test(inner)
        ? 'skipped'
        : 'passed',
    reason: unescaped(/<skipped\b[^>]*\bmessage="([^"]*)"/.exec(inner)?.[1] ?? ''),
  }));
}

function unescaped(text) {
  const characters = { quot: '"', apos: "'", '#39': "'", lt: '<', gt: '>', amp: '&' };
  return text.replace(/&(quot|apos|#39|lt|gt|amp);/g, (_, name) => characters[name]);
}

module.exports = { readReport };
