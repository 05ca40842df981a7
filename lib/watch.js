'use strict';

// A watcher as an asynchronous iterator: hands out the changes of an engine one by one, decodes
// their values, and ends when its consumer, its signal or the store does. Must not know the engine.

const signals = require('./calls/signals');

const DONE = Object.freeze({ done: true, value: undefined });
const NOTHING = () => {};

/** Ends watchers that nobody has any more, and forgets their signals. */
const collected = new FinalizationRegistry((control) => control.end());

/** The parts that outlive the iterator: its source, and the signal that ends it. */
class Control {
  source;
  signal;
  isOver = false;
  /** The reason of the signal, until it is told. @type {{ reason: unknown } | undefined} */
  failure;

  constructor(source, signal) {
    this.source = source;
    this.signal = signal;
    if (signal === undefined) return;
    if (signal.aborted) this.abort();
    else signals.listen(this, abort);
  }

  abort() {
    if (this.isOver) return;
    this.failure = { reason: this.signal.reason };
    this.end();
  }

  end() {
    this.isOver = true;
    if (this.signal !== undefined) signals.forget(this);
    this.source.end();
  }
}

function abort(control) {
  control.abort();
}

class Watch {
  #control;
  #changeOf;
  #changes = [];
  #at = 0;
  /** The promise of the step before, which never rejects. */
  #last = Promise.resolve();

  /**
   * @param {import('./engine').ChangeSource} source
   * @param {AbortSignal | undefined} signal
   * @param {(change: import('./engine').Change) => object} changeOf makes the caller's form of a change
   */
  constructor(source, signal, changeOf) {
    this.#control = new Control(source, signal);
    this.#changeOf = changeOf;
    if (!this.#control.isOver) collected.register(this, this.#control);
  }

  next() {
    const step = this.#last.then(this.#step);
    this.#last = step.catch(NOTHING);
    return step;
  }

  #step = async () => {
    const control = this.#control;
    while (!control.isOver) {
      if (this.#at < this.#changes.length) return this.#take();
      let changes;
      try {
        changes = await control.source.next();
      } catch (error) {
        control.end();
        throw error;
      }
      if (changes === undefined) control.end();
      else [this.#changes, this.#at] = [changes, 0];
    }
    this.#changes = [];
    if (control.failure === undefined) return DONE;
    const { reason } = control.failure;
    control.failure = undefined;
    throw reason;
  };

  #take() {
    const change = this.#changes[this.#at++];
    try {
      return { done: false, value: this.#changeOf(change) };
    } catch (error) {
      this.#control.end();
      throw error;
    }
  }

  async return(value) {
    this.#control.end();
    return { done: true, value: await value };
  }

  async throw(error) {
    this.#control.end();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [Symbol.asyncDispose]() {
    this.#control.end();
  }
}

module.exports = { Watch };
