'use strict';

// Data files as a stranger who knows the format may write them: any lines, with correct checksums.

const fs = require('node:fs');
const path = require('node:path');

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte;
});

/** CRC-32C, as eight hex digits. */
function crc32c(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

/** A data file of one commit for each array of item lines, which are strings or bytes without their line feeds. */
function dataOf(...commits) {
  const parts = [Buffer.from('{"persist-lock":1}\n')];
  let prev = '00000000';
  commits.forEach((lines, at) => {
    const items = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    const claim = `{"commit":${at + 1},"bytes":${items.length},"synced":${at},"prev":"${prev}"`;
    const covered = Buffer.concat([items, Buffer.from(claim)]);
    prev = crc32c(covered);
    parts.push(covered, Buffer.from(`,"crc32c":"${prev}"}\n`));
  });
  return Buffer.concat(parts);
}

/** Puts a data file where the store of a folder has its own. */
function writeData(folder, bytes, name = 'data.1.jsonl') {
  fs.mkdirSync(path.join(folder, '.persist-lock'), { recursive: true });
  fs.writeFileSync(path.join(folder, '.persist-lock', name), bytes);
}

module.exports = { crc32c, dataOf, writeData };
