'use strict';

// The points of a connection at which a commit of changes is sent, and at which it is answered.

/** Matches the statements that change items. */
const isWrite = /\b(insert into|update|delete from)\b/i;
const isCommit = /^commit\b/i;

/**
 * Stops the first link that brings a commit with changes: `toServer` in front of it, `toClient` in
 * front of the answer to it. Commits without changes, which only give up locks, pass. Resolves with
 * the link.
 */
function stopAtCommit(proxy, direction) {
  return proxy.first((link, found) => {
    let hasWritten = false;
    let isSent = false;
    link.toServer.on('message', ({ type, text }) => {
      if (isWrite.test(text)) hasWritten = true;
      // The end of a batch.
      else if (type === 'S') hasWritten = false;
      else if (isCommit.test(text) && hasWritten) {
        isSent = true;
        if (direction === 'toServer' && found()) link.toServer.stop();
      }
    });
    link.toClient.on('message', ({ type, text }) => {
      if (type === 'C' && text === 'COMMIT' && isSent && direction === 'toClient' && found()) {
        link.toClient.stop();
      }
    });
  });
}

module.exports = { isWrite, stopAtCommit };
