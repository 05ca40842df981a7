'use strict';

// Shows the progress of a run: on a terminal one line, which is overwritten; elsewhere a line now and
// then, so that a log shows what takes long.

/** The least time between two lines where there is no terminal, in milliseconds. */
const PAUSE = 10_000;

class Progress {
  #begun = 0;
  #total;
  #start = performance.now();
  #last = -Infinity;
  #isTerminal = process.stderr.isTTY;

  constructor(total) {
    this.#total = total;
  }

  /** Counts a measurement that begins, and shows it. */
  begin(message) {
    this.#begun++;
    this.show(message);
  }

  show(message) {
    const now = performance.now();
    const minutes = ((now - this.#start) / 60_000).toFixed(1);
    const line = `[${this.#begun} of ${this.#total}, ${minutes} min] ${message}`;
    if (this.#isTerminal) this.#overwrite(line);
    else if (now - this.#last >= PAUSE) {
      this.#last = now;
      console.error(line);
    }
  }

  clear() {
    if (this.#isTerminal) this.#overwrite('');
  }

  print(text) {
    this.clear();
    console.log(text);
  }

  #overwrite(line) {
    process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }
}

module.exports = { Progress };
