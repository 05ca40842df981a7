'use strict';

// The command that prints the tables of a store in a PostgreSQL database, as SQL.

const { checkTableNames } = require('../postgres/options');
const { ddlOf } = require('../postgres/schema');

function schema({ options, output }) {
  return output.write(ddlOf(checkTableNames(options)));
}

module.exports = { schema };
