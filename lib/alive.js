'use strict';

// Keeps the process alive while a thread works for somebody, and with it whoever is to hear of that: what threads tell keeps neither.

const LONGEST_TIMER = 2 ** 31 - 1;

const held = new Set();
let timer;

/** Keeps the process and `owner` alive. */
function hold(owner) {
  held.add(owner);
  timer ??= setInterval(() => {}, LONGEST_TIMER);
  timer.ref();
}

/** Lets the process end, if nobody else is held. */
function letGo(owner) {
  if (held.delete(owner) && held.size === 0) timer.unref();
}

module.exports = { hold, letGo };
