'use strict';

// Processes that are stopped by a signal, and go on by another. The signals are sent by process
// number: Deno takes a child that was sent any signal through its handle for dead.

const fs = require('node:fs');
const { start } = require('./processes');
const { noProc, noStop } = require('./system');
const { until } = require('./waiting');

/** The reason to skip a test that waits until a process has stopped, or `false`. */
const cannotSeeStop = noStop || noProc;

function stop({ pid }) {
  process.kill(pid, 'SIGSTOP');
}

function resume({ pid }) {
  process.kill(pid, 'SIGCONT');
}

/** Waits until a process has stopped. */
function hasStopped({ pid }) {
  return until(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '));
}

/** Starts a process that stops itself in the middle of a turn, and waits until it has. */
async function stoppedInTurn(t, folder) {
  const stopped = start('stopped.js', folder);
  t.after(() => stopped.kill('SIGKILL'));
  await hasStopped(stopped);
  return stopped;
}

module.exports = { cannotSeeStop, hasStopped, resume, stop, stoppedInTurn };
