'use strict';

// The moments at which operations start and end, in nanoseconds on a clock that all processes share.
//
// Bun and Deno begin `hrtime` again in each process. There the clock is that of the day, which
// counts milliseconds: an operation counts as begun with its first millisecond and as ended with its
// last, so that no two are in an order that they did not have.

const { bun, deno } = process.versions;
const isShared = bun === undefined && deno === undefined;
const NANOSECONDS = 1e6;

function momentOfStart() {
  return isShared ? Number(process.hrtime.bigint()) : Date.now() * NANOSECONDS;
}

function momentOfEnd() {
  return isShared ? Number(process.hrtime.bigint()) : (Date.now() + 1) * NANOSECONDS;
}

module.exports = { momentOfEnd, momentOfStart };
