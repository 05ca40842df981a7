'use strict';

// Processes beside the one that measures: `startPartner` resolves when the partner is ready;
// `finish` tells it to go on (or to stop) and resolves to its result.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const PROGRAM = path.join(__dirname, '..', 'partner.js');

async function startPartner(action, task) {
  const child = fork(PROGRAM, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = () =>
    Promise.race([
      once(child, 'message').then(([message]) => message),
      once(child, 'exit').then(([code, signal]) => {
        throw new Error(`The partner ${action} of ${task.name} ended (${signal ?? code})`);
      }),
    ]);
  const ready = answer();
  child.send({ action, task });
  await ready;
  return {
    async finish() {
      const result = answer();
      child.send('go');
      const value = await result;
      child.disconnect();
      return value;
    },
  };
}

module.exports = { startPartner };
