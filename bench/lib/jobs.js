'use strict';

// Runs `job.js` in a new process, and returns its measurement.

const { fork } = require('node:child_process');
const path = require('node:path');

const PROGRAM = path.join(__dirname, '..', 'job.js');

/** The time limit of a measurement, in milliseconds. */
const LONGEST = 10 * 60 * 1000;

function runJob(job) {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, [], {
      execArgv: ['--expose-gc'],
      // Node warns in each process that its SQLite is experimental.
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      timeout: LONGEST,
      killSignal: 'SIGKILL',
    });
    let answer;
    child.once('message', (message) => {
      answer = message;
      child.disconnect();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (answer && answer.failure === undefined) return resolve(answer.result);
      const { task, trial, name } = job;
      const why = answer?.failure ?? `ended without a result (${signal ?? code})`;
      reject(new Error(`${task} ${trial.name} of ${name}: ${why}`));
    });
    child.send(job);
  });
}

module.exports = { runJob };
