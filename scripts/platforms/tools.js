'use strict';

// Installs what other platforms need, each once: packages of Debian into the system, all others into a
// cache outside the repository.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const cache = path.join(os.homedir(), '.cache', 'persist-lock-platforms');

/** Runs a command to its end; throws if it fails. */
function must(command, args, { env = {}, ...options } = {}) {
  console.log(`> ${command} ${args.join(' ')}`);
  const ended = spawnSync(command, args, {
    ...{ cwd: root, stdio: ['ignore', 'inherit', 'inherit'], encoding: 'utf8' },
    ...options,
    env: { ...process.env, ...env },
  });
  if (ended.error) throw new Error(`${command} could not be started: ${ended.error.message}`);
  if (ended.status !== 0) throw new Error(`${command} ended with ${ended.status ?? ended.signal}`);
  return ended.stdout;
}

/** Makes a folder of the cache by a function, unless an earlier run has made it. */
function once(name, make) {
  const folder = path.join(cache, name);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const begun = fs.mkdtempSync(path.join(cache, 'begun-'));
  try {
    make(begun);
    fs.renameSync(begun, folder);
  } finally {
    fs.rmSync(begun, { recursive: true, force: true });
  }
  return folder;
}

/** Installs packages of Debian that are missing. */
function debian(packages) {
  if (packages.length === 0) return;
  const known = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n'], {
    encoding: 'utf8',
  });
  if (known.error) throw new Error('The platforms are tried on Debian 12, x64.');
  const installed = new Set(
    known.stdout
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length)),
  );
  const missing = packages.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  must('apt-get', ['update', '-qq'], { env });
  must(
    'apt-get',
    [
      '-o',
      'DPkg::Lock::Timeout=300',
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      ...missing,
    ],
    {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

/** Unpacks a package of npm, `name@version`, whatever system it is for; returns its folder. */
function npmPackage(wanted) {
  return once(`npm/${wanted.replaceAll('/', '+')}`, (folder) => {
    must('npm', ['pack', '--silent', '--pack-destination', folder, wanted], { cwd: folder });
    const [file] = fs.readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    must('tar', ['-xzf', file, '--strip-components=1'], { cwd: folder });
    fs.rmSync(path.join(folder, file));
  });
}

/** Returns the path of a program of Python's environment that has zig, which is made if it is missing. */
function python(program) {
  // An environment knows its own path, so it is not moved when it is complete: it gets a mark.
  const folder = path.join(cache, 'python');
  const mark = path.join(folder, 'complete');
  if (!fs.existsSync(mark)) {
    must('python3', ['-m', 'venv', '--clear', folder]);
    const packages = ['ziglang==0.15.2', 'cargo-zigbuild==0.23.4'];
    must(path.join(folder, 'bin', 'pip'), ['install', '--quiet', ...packages]);
    fs.writeFileSync(mark, '');
  }
  return path.join(folder, 'bin', program);
}

module.exports = { root, cache, must, once, debian, npmPackage, python };
