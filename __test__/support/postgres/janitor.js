'use strict';

// Ends what a test process has started, and removes its folders, when that process ends, however it
// ends. It is a process of its own, which reads its parent's orders from standard input: the end of
// the input is the end of the parent.
//
// An order is a line of JSON: `{ "id", "pid", "folder" }`, or `{ "id" }` for what is gone already.

const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const { createInterface } = require('node:readline');
const { setTimeout: wait } = require('node:timers/promises');

/** The time that a server may take to end its own processes, in milliseconds. */
const END_TIME = 5_000;

/** Lists the processes that work in a folder, as all those of a server do. */
function processesIn(folder) {
  if (!fs.existsSync('/proc')) return [];
  return fs.readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const cwd = fs.readlinkSync(`/proc/${name}/cwd`);
      return cwd === folder || cwd.startsWith(folder + path.sep);
    } catch {
      return false;
    }
  });
}

function kill(pid, signal) {
  try {
    process.kill(Number(pid), signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends a process and those that work in its folder. */
async function end({ pid, folder }) {
  if (pid !== undefined) kill(pid, process.platform === 'win32' ? 'SIGTERM' : 'SIGQUIT');
  const until = Date.now() + END_TIME;
  const isRunning = () =>
    (pid !== undefined && kill(pid, 0)) || (folder !== undefined && processesIn(folder).length > 0);
  while (isRunning() && Date.now() < until) await wait(20);
  if (folder === undefined) return;
  for (const each of processesIn(folder)) kill(each, 'SIGKILL');
  if (pid !== undefined && Date.now() >= until) kill(pid, 'SIGKILL');
}

async function main() {
  // A signal for the whole group of processes ends the parent; there is work to do then.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  const orders = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...order } = JSON.parse(line);
    if (order.pid === undefined && order.folder === undefined) orders.delete(id);
    else orders.set(id, order);
  }
  await Promise.all([...orders.values()].map(end));
  for (const { folder } of orders.values()) {
    if (folder) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (require.main === module) main();

module.exports = { end, processesIn };
