'use strict';

// Says how far a run is: one line that is written over on a terminal, and nothing where the output is kept.

class Progress {
  #begun = 0;
  #total;
  #start = performance.now();
  #isTerminal = process.stderr.isTTY;

  constructor(total) {
    this.#total = total;
  }

  /** A measurement begins. */
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
