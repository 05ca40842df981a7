'use strict';

// Shows the progress of a run: one line on a terminal, which is overwritten; nothing elsewhere.

class Progress {
  #begun = 0;
  #total;
  #start = performance.now();
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
    if (!this.#isTerminal) return;
    const minutes = ((performance.now() - this.#start) / 60_000).toFixed(1);
    this.#write(`[${this.#begun} of ${this.#total}, ${minutes} min] ${message}`);
  }

  clear() {
    if (this.#isTerminal) this.#write('');
  }

  print(text) {
    this.clear();
    console.log(text);
  }

  #write(line) {
    process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }
}

module.exports = { Progress };
