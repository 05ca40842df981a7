'use strict';

// A process that makes the calls that a test tells it to.

const { start } = require('./processes');

/**
 * Starts the process: `await actor.call('set', 'a', 1)`. `hold` begins an edit or a view whose callback ends when `finish` is
 * called; its `begun` resolves, with the callback's argument, when the callback runs. Calls reject if the process ends.
 */
function startActor(t, folder, options = {}) {
  const child = start('actor.js', folder, JSON.stringify(options));
  t.after(() => child.kill('SIGKILL'));
  const calls = new Map();
  let ids = 0;
  child.on('message', ({ id, result, error, ...begun }) => {
    const { resolve, reject, begin } = calls.get(id);
    if (begun.begins) begin(begun.current);
    else if (error) reject(Object.assign(new Error(error.message), error));
    else resolve(result);
  });
  child.once('close', (code, signal) => {
    const error = new Error(`the process has ended: ${signal ?? code}`);
    for (const { reject } of calls.values()) reject(error);
  });
  const send = (begin, ...command) => {
    const id = ++ids;
    const promise = new Promise((resolve, reject) => calls.set(id, { resolve, reject, begin }));
    promise.catch(() => {});
    child.send([id, ...command]);
    return { id, promise };
  };
  const hold = (...command) => {
    const holding = {};
    holding.begun = new Promise((resolve, reject) => {
      Object.assign(holding, send(resolve, ...command));
      // A call that ends without its callback fails those who wait for the callback.
      holding.promise.then(() => reject(new Error('the callback has not run')), reject);
    });
    holding.begun.catch(() => {});
    holding.finish = (result) => {
      send(undefined, 'end', holding.id, result);
      return holding.promise;
    };
    return holding;
  };
  return Object.assign(child, { call: (...command) => send(undefined, ...command).promise, hold });
}

module.exports = { startActor };
