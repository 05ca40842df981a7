'use strict';

// The URLs of PostgreSQL databases that users name as the place of a store. Two parameters are of
// persist-lock, `schema` and `table`; the driver gets the others. No message may show a password.

const { UsageError } = require('./failures');

/** The parameters of persist-lock, and the options of the class that they are. */
const PARAMETERS = ['schema', 'table'];

/** Tells whether the text of a place is the URL of a database. */
function isDatabaseURL(text) {
  return /^postgres(?:ql)?:/i.test(text);
}

/**
 * Checks the URL of a database; returns the options that the class takes.
 *
 * @param {string} text
 * @param {string} name the name of the option or variable that it comes from
 * @returns {{ connectionString: string, schema?: string, table?: string }}
 */
function parseDatabaseURL(text, name) {
  // The driver allows a URL with a user and no host.
  if (!/^\w+:\/\//.test(text) || !URL.canParse(text.replace('@/', '@host/'))) {
    throw new UsageError(
      `${name} is not a valid URL: write postgres://USER@HOST:PORT/DATABASE, and special characters of a password as %40`,
    );
  }
  const [address, ...rest] = text.split('?');
  const options = {};
  const others = [];
  for (const pair of rest.join('?').split('&')) {
    const [[parameter, value] = []] = new URLSearchParams(pair);
    if (!PARAMETERS.includes(parameter)) others.push(pair);
    else if (options[parameter] === undefined && value !== '') options[parameter] = value;
    else throw new UsageError(`${name}: give the parameter ${parameter} once, with a name`);
  }
  const query = others.filter(Boolean).join('&');
  return { ...options, connectionString: query === '' ? address : `${address}?${query}` };
}

/** Names a database in messages: its URL with the parameters of persist-lock alone. */
function nameOfDatabase({ connectionString, schema, table }) {
  const [address] = withoutPasswords(connectionString).split('?');
  const parameters = new URLSearchParams({ ...(schema && { schema }), ...(table && { table }) });
  return parameters.size === 0 ? address : `${address}?${parameters}`;
}

/** Removes the passwords of all URLs of databases in a message. */
function withoutPasswords(message) {
  return message
    .replace(/(postgres(?:ql)?:(?:\/\/)?[^:/?#@\s]*):.*@/gi, '$1@')
    .replace(/([?&][a-z_]*password=)[^&\s"]*/gi, '$1…');
}

module.exports = { isDatabaseURL, nameOfDatabase, parseDatabaseURL, withoutPasswords };
