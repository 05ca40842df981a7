'use strict';

// The last trip of a turn: writes, the chain of the leases that stay, COMMIT. Notes how far it has
// come, since that decides what an error means.

const { randomFillSync } = require('node:crypto');

/** The number of statements of writes that are sent together with the commit. */
const MOST_STATEMENTS = 8;

/** Random bytes for many tokens, and the place of the next ones. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** Makes the version that a commit gives to its rows: a random number, as a text. */
function newToken() {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const token = pool.readBigInt64BE(used) >> 1n;
  used += 8;
  return token.toString();
}

class CommitTrip {
  /** True once the transaction has been committed. */
  isCommitted = false;
  /** True if the trip records its changes for those who watch. */
  isRecorded = true;
  /** The number of the transaction, once it is known. */
  number;
  #parts;
  #session;
  #turn;
  #token;
  #isWatched;

  /**
   * @param {object} parts those of the scheduler
   * @param {import('./session').Session} session
   * @param {import('./turn').Turn} turn
   * @param {string} token the version that the rows get
   * @param {import('./first-trip').Granted} [granted] the answer to the first trip, if there was one
   */
  constructor(parts, session, turn, token, granted) {
    this.#parts = parts;
    this.#session = session;
    this.#turn = turn;
    this.#token = token;
    this.number = granted?.number;
    this.#isWatched = granted?.isWatched;
  }

  /**
   * Makes the trip.
   *
   * @param {import('./writes').Written[]} written
   * @param {import('./batch').Statement[]} open the statements that open the transaction
   * @param {import('./statements').KeyLock[]} relocks the locks that must be taken first
   */
  async run(written, open, relocks) {
    const { statements } = this.#parts;
    const { connection, locks } = this.#session;
    const { before, commit, after } = statements.end(locks, connection.begin());
    let writes = this.#writes(written);
    if (relocks.length > 0) writes.unshift(statements.tryAllOrFail(relocks));
    if (writes.length > 0) writes = [...open, ...this.#entering(), ...writes];
    // The first statements of many are sent alone: the rest of a large commit need not be in memory.
    while (writes.length > MOST_STATEMENTS) {
      await connection.run(writes.slice(0, MOST_STATEMENTS));
      writes = writes.slice(MOST_STATEMENTS);
    }
    const got = () => {
      this.isCommitted = true;
    };
    await connection.run([...writes, ...before, { ...commit, got }, ...after]);
  }

  /** Lists the statements that a transaction needs before its first write. */
  #entering() {
    if (this.number !== undefined) return [];
    const got = ([[, , , , number]]) => {
      this.number = number;
    };
    // The answer comes before the writes: with the number, the outcome of a lost commit can be found.
    return [{ ...this.#parts.statements.enter({ writes: true }), flush: true, got }];
  }

  #writes(written) {
    const { writes, changeLog } = this.#parts;
    const token = this.#token;
    const statements = [];
    if (this.#turn.hasCleared) statements.push(changeLog.recordAll(), writes.clear);
    if (written.length === 0) return statements;
    statements.push(...writes.of(written, token));
    this.isRecorded = this.#mustRecord;
    if (!this.isRecorded) return statements;
    const ids = written.map(({ id }) => id);
    const columns = written.map(({ column }) => column);
    statements.push(changeLog.record(ids, columns));
    return statements;
  }

  /**
   * False if nobody needs to be told: nobody watched when the transaction had its number. Those who
   * register later wait for transactions with lower numbers, and are told of those with higher ones
   * alone; and what this process commits before they have registered is recorded by force. A
   * transaction that gets its number in this trip asks with its last statement.
   */
  get #mustRecord() {
    const isKnown = this.number !== undefined && this.#isWatched === false;
    return !isKnown || this.#turn.hasCleared || this.#parts.changeLog.isForced;
  }
}

module.exports = { CommitTrip, newToken };
