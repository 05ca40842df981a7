'use strict';

// The package in another realm, as Jest and Vitest's vmThreads run it: its modules have another `Error`, `Date` and `Object` than
// Node and the addon.

const fs = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const root = path.join(__dirname, '..', '..');
/** Globals of Node that test runners give their realms. */
const GIVEN = ['process', 'console', 'Buffer', 'AbortController', 'AbortSignal', 'DOMException'];

/** Makes a realm; returns how modules are loaded in it, and how code is run. */
function newRealm() {
  const given = Object.fromEntries(GIVEN.map((name) => [name, globalThis[name]]));
  const context = vm.createContext(given);
  const modules = new Map();

  function load(file) {
    if (path.extname(file) !== '.js') return require(file);
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const find = createRequire(file);
    const requireHere = (name) => (isBuiltin(name) ? require(name) : load(find.resolve(name)));
    const parameters = ['module', 'exports', 'require', '__filename', '__dirname'];
    const options = { parsingContext: context, filename: file };
    const run = vm.compileFunction(fs.readFileSync(file, 'utf8'), parameters, options);
    run(module, module.exports, requireHere, file, path.dirname(file));
    return module.exports;
  }

  return {
    require: (name) => load(path.join(root, name)),
    run: (code) => vm.runInContext(code, context),
  };
}

module.exports = { newRealm };
