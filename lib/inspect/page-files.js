'use strict';

// The files of the page, read once: there are no others to ask for, whatever a path says.

const fs = require('node:fs');
const path = require('node:path');
const { replyWithText } = require('./replies');

const FOLDER = path.join(__dirname, 'page');
const TYPES = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Makes the routes of the files, by method and path. */
function pageFiles() {
  const routes = {};
  for (const name of fs.readdirSync(FOLDER)) {
    const text = fs.readFileSync(path.join(FOLDER, name), 'utf8');
    const type = TYPES[path.extname(name)];
    const at = name === 'index.html' ? '/' : `/${name}`;
    routes[`GET ${at}`] = ({ response }) => replyWithText(response, 200, type, text);
  }
  return routes;
}

module.exports = { pageFiles };
