'use strict';

// The place of a store in a database: the folder of a measurement has a file with the database and a
// schema of its own, so that the programs beside the one that measures find it.

const fs = require('node:fs');
const path = require('node:path');

function fileIn(folder) {
  return path.join(folder, 'database.json');
}

/** Notes the database of a folder. */
function writePlace(folder, connectionString) {
  const schema = `bench_${path.basename(folder)}`;
  fs.writeFileSync(fileIn(folder), JSON.stringify({ connectionString, schema }));
}

/**
 * Reads the database of a folder, and makes its schema.
 * @param {(schema: string) => string} [tables] makes the statement that makes the tables
 */
async function readPlace(folder, tables = () => 'SELECT') {
  const { Client } = require('pg');
  const place = JSON.parse(fs.readFileSync(fileIn(folder), 'utf8'));
  const { connectionString, schema } = place;
  const client = new Client({ connectionString });
  await client.connect();
  // Processes that make it at the same time would fail otherwise.
  await client.query('SELECT pg_advisory_lock(1)');
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(tables(schema));
  await client.end();
  return { connectionString, schema };
}

module.exports = { readPlace, writePlace };
