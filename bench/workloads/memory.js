'use strict';

// Measures the memory of an open store for each item: `memory` is the process's own; `resident`
// includes mapped pages of files, which the system can take back. If the system does not tell them
// apart, both are the resident memory.

const fs = require('node:fs');
const { keyOf } = require('../lib/items');

function memoryNow() {
  global.gc();
  const resident = process.memoryUsage.rss();
  try {
    const status = fs.readFileSync('/proc/self/status', 'utf8');
    return { memory: Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]) * 1024, resident };
  } catch {
    return { memory: resident, resident };
  }
}

async function memory({ trial: { items }, open }) {
  const before = memoryNow();
  const store = await open();
  await store.get(keyOf(items - 1));
  const after = memoryNow();
  return {
    memory: Math.max(0, after.memory - before.memory) / items,
    resident: Math.max(0, after.resident - before.resident) / items,
  };
}

module.exports = memory;
