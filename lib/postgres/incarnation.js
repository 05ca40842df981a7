'use strict';

// The incarnation of the server: one life of it, from a start or promotion to the next crash or
// promotion. After these the server may use the numbers of transactions again. The row is in an
// unlogged table, which both of them empty.

const { randomBytes } = require('node:crypto');

/** Makes the statement that reads the incarnation: no row in a new one that has no number yet. */
function incarnationStatement(names) {
  return { text: `SELECT id FROM ${names.server}` };
}

/** Gives the incarnation a number if it has none. Resolves with the number. */
async function nameIncarnation(connection, names) {
  const id = (randomBytes(8).readBigInt64BE() >> 1n).toString();
  const [, [[found]]] = await connection.run([
    {
      text: `INSERT INTO ${names.server} (id) SELECT $1::bigint
        WHERE NOT EXISTS (SELECT FROM ${names.server}) ON CONFLICT DO NOTHING`,
      values: [id],
    },
    incarnationStatement(names),
  ]);
  return found;
}

module.exports = { incarnationStatement, nameIncarnation };
