'use strict';

// The command that prints the tables of a store in a PostgreSQL database, as SQL.

const { namesOf } = require('../postgres/names');
const { schemaOf } = require('../postgres/schema');

function schema({ options: { schema: name = 'public', table = 'persist_lock' }, output }) {
  const statements = schemaOf(namesOf(name, table));
  return output.write(`${statements.join(';\n\n')};\n`);
}

module.exports = { schema };
