'use strict';

// Loads the addon: the one place that does. Which file it is in, `binding.js` knows, which comes with the build; what to do
// when there is none is said here.

const { optionalDependencies, version } = require('../package.json');
const { PersistLockError } = require('./errors');

/** The packages with the addon, one for each system. Only what is published depends on them. */
const packages = optionalDependencies && Object.keys(optionalDependencies);

function load() {
  try {
    return require('../binding.js');
  } catch (error) {
    const { message, cause } = explain(attemptsOf(error));
    throw new PersistLockError('ERR_PERSIST_LOCK_NO_ADDON', message, { cause });
  }
}

/** What has been tried, the last first: each attempt's error is the cause of the one after. napi's have no codes. */
function attemptsOf(error) {
  const attempts = [];
  for (let attempt = error; attempt; attempt = attempt.cause) attempts.push(attempt);
  return attempts;
}

function explain(attempts) {
  const refused = attempts.find(({ message }) => !/^(Cannot find|Unsupported) /.test(message));
  if (refused) {
    const message =
      `The addon is there, and the system does not load it: ${refused.message}. ` +
      'Install persist-lock anew on this system; if that changes nothing, the system lacks what the message names';
    return { message, cause: refused };
  }
  if (!packages) {
    return { message: 'The addon is not built. Run npm run build', cause: attempts[0] };
  }
  const wanted = packages.find((name) => attempts.some(({ message }) => isAbout(message, name)));
  if (wanted) return { message: missing(wanted) };
  return { message: unsupported(), cause: attempts[0] };
}

function isAbout(message, name) {
  return message.includes(`'${name}'`);
}

function missing(name) {
  return (
    `The package ${name} is not installed. It is an optional dependency, and has the addon for this system. ` +
    'Install persist-lock anew on this very system, and without --omit=optional; if the package is missing still, remove ' +
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

module.exports = load();
