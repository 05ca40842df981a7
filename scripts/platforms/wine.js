'use strict';

// Starts programs for Windows under wine, in a Windows of their own.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { cache, must, npmPackage } = require('./tools');

const wine = '/usr/lib/wine/wine64';
const prefix = path.join(cache, 'wine');
const env = { WINEPREFIX: prefix, WINEDEBUG: '-all' };

/** Makes the Windows, unless an earlier run has. */
function prepare() {
  const mark = path.join(prefix, 'complete');
  if (fs.existsSync(mark)) return;
  fs.rmSync(prefix, { recursive: true, force: true });
  fs.mkdirSync(prefix, { recursive: true });
  const quiet = { env, stdio: 'ignore' };
  must(wine, ['wineboot', '-i'], quiet);
  // Node refuses to start on an older Windows.
  const version = ['/v', 'Version', '/d', 'win10', '/f'];
  must(wine, ['reg', 'add', 'HKCU\\Software\\Wine', ...version], quiet);
  // Rust's standard library takes its random numbers from a library that wine 8 lacks.
  const library = path.join(prefix, 'drive_c', 'windows', 'system32', 'bcryptprimitives.dll');
  const source = path.join(__dirname, 'bcryptprimitives.c');
  must('x86_64-w64-mingw32-gcc-posix', ['-shared', '-o', library, source, '-ladvapi32']);
  fs.writeFileSync(mark, '');
}

module.exports = {
  name: 'wine 8',
  packages: ['wine64'],
  prepare,
  env,
  /** The command line that Cargo starts programs by. */
  runner: wine,
  /** Installs a runtime; returns the command line that starts it. */
  runtime(wanted) {
    return [wine, path.join(npmPackage(wanted), 'bin', 'node.exe')];
  },
  /** Ends what is left of the programs. */
  stop() {
    // It fails if nothing is left.
    const options = { env: { ...process.env, ...env }, stdio: 'ignore' };
    spawnSync('/usr/lib/wine/wineserver64', ['-k'], options);
  },
};
