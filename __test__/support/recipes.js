'use strict';

// The recipes of docs/RECIPES.md, as files of projects in which the published packages are installed.

const fs = require('node:fs');
const path = require('node:path');
const { temporaryFolder } = require('./folders');
const published = require('./published');

const { root } = published;
const text = fs.readFileSync(path.join(root, 'docs', 'RECIPES.md'), 'utf8');

/** The blocks of code that have a file name. */
const files = new Map(
  [...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name, code]),
);

/** Gives the commands of a recipe's shell blocks, one a line. */
function commandsOf(heading) {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)];
  return blocks.flatMap(([, code]) => code.trim().split('\n'));
}

/** Gives a file of the recipes. */
function recipe(name) {
  const code = files.get(name);
  if (code === undefined) throw new Error(`docs/RECIPES.md has no ${name}`);
  return code;
}

/** Writes a file of the recipes into a folder; returns its path. */
function write(folder, name) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, recipe(name));
  return file;
}

/** Makes a project that has persist-lock installed from its packages. */
function project(folder) {
  const packed = published.pack(folder);
  return published.project(folder, packed.main, packed.addon);
}

/** Makes a project that has the repository as persist-lock, and files of the recipes. */
function linked(t, ...names) {
  // Test runners compare paths without links.
  const folder = fs.realpathSync(temporaryFolder(t));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'persist-lock'), 'junction');
  for (const name of names) write(folder, name);
  return folder;
}

/** Lets a project require development packages of the repository. */
function lend(folder, ...names) {
  for (const name of names) {
    const link = path.join(folder, 'node_modules', name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(root, 'node_modules', name), link, 'junction');
  }
}

module.exports = { commandsOf, lend, linked, project, recipe, write };
