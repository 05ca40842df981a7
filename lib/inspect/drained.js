'use strict';

/** Resolves once a browser can take more of an answer, or has gone. */
function drained(response) {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end);
      response.off('close', end);
      resolve();
    };
    response.on('drain', end);
    response.on('close', end);
  });
}

module.exports = { drained };
