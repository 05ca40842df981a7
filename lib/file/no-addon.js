'use strict';

// Explains why the addon could not be loaded, and what to do, by the errors of the attempts and the place where this code runs. Must not
// know how the addon is loaded.

const path = require('node:path');
const { isBuiltin } = require('node:module');
const { optionalDependencies, version } = require('../../package.json');

/** The packages with the addon, one for each system. Only the published package depends on them. */
const packages = optionalDependencies && Object.keys(optionalDependencies);

/**
 * Explains why there is no addon.
 * @param {Error[]} attempts copies of Node's errors, which napi makes without their codes
 * @param {string} file the path of the module that has tried
 */
function explain(attempts, file) {
  const forbidden = findForbidden(attempts);
  if (forbidden) return forbidden;
  // Checked before the messages, which name a missing package here too.
  if (isSingleExecutable()) return { message: SINGLE_EXECUTABLE, cause: attempts.at(-1) };
  const refused = attempts.find(({ message }) => !/^(Cannot find|Unsupported) /.test(message));
  if (isBundled(file)) return { message: bundled(), cause: refused ?? attempts.at(-1) };
  if (refused) return { message: refusal(refused), cause: refused };
  if (!packages) {
    return { message: 'The addon is not built. Run npm run build', cause: attempts[0] };
  }
  const wanted = wantedPackage(attempts);
  if (wanted) return { message: missing(wanted) };
  return { message: unsupported(), cause: attempts[0] };
}

/** The messages of Node for an addon that it does not permit, and what to do. */
const FORBIDDEN = [
  {
    pattern: /loading addons is disabled/,
    advice: 'Run node with --allow-addons if it has --permission, and without --no-addons',
  },
  {
    pattern: /Access to this API has been restricted/,
    advice:
      'Run node with --allow-addons, and let --allow-fs-read include the node_modules of persist-lock',
  },
];

function findForbidden(attempts) {
  for (const { pattern, advice } of FORBIDDEN) {
    const cause = attempts.find(({ message }) => pattern.test(message));
    if (cause === undefined) continue;
    const message = `Node does not permit this process to load the addon of persist-lock. ${advice}`;
    return { message, cause };
  }
  return undefined;
}

const SINGLE_EXECUTABLE =
  'This is a single executable, in which require finds no addon. Leave persist-lock out of it, ship it in the node_modules ' +
  "beside the executable, and load it there: require('node:module').createRequire(__filename)('persist-lock')";

function isSingleExecutable() {
  return isBuiltin('node:sea') && require('node:sea').isSea();
}

/** True if a bundler has put this code into another file. `file` is that file then, or invented. */
function isBundled(file) {
  return !path.isAbsolute(file) || !file.endsWith(path.join('lib', 'file', 'addon.js'));
}

function bundled() {
  return (
    'persist-lock is part of a bundle, and its addon, a file of its own, is not found from there. Leave persist-lock out of the ' +
    'bundle, and ship its node_modules beside it: esbuild has --external:persist-lock, webpack externals, Rollup and Vite ' +
    'external, Next.js serverExternalPackages. Or set NAPI_RS_NATIVE_LIBRARY_PATH to the .node file'
  );
}

function refusal({ message }) {
  return (
    `The addon is there, and the system does not load it: ${message.replace(/\.$/, '')}. ` +
    'Install persist-lock again on this system; if that changes nothing, the system lacks what the message names'
  );
}

function wantedPackage(attempts) {
  return packages.find((name) => attempts.some(({ message }) => message.includes(`'${name}'`)));
}

function missing(name) {
  return (
    `The package ${name} is not installed. It is an optional dependency, and has the addon for this system. ` +
    'Install persist-lock again on this very system, and without --omit=optional; if the package is missing still, remove ' +
    `node_modules and the lock file first, or install it by name: npm install ${name}@${version}`
  );
}

function unsupported() {
  const names = packages.map((name) => name.replace('persist-lock-', ''));
  return (
    `There is no addon for ${process.platform} on ${process.arch}, only for ${names.join(', ')}. ` +
    'It can be built from the sources, with Rust: npm run build'
  );
}

module.exports = { explain };
