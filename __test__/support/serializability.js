'use strict';

// A checker for strict serializability, of operations on items that count their versions.
//
// Each operation tells when it started and ended, and which versions it read and wrote. That is strictly serializable if the
// order that the versions give and the order that the clock gives have no circle: who wrote a version comes before who read
// it, who read it before who wrote the next, and who ended before another started before that one.

/** @typedef {{ id: string, started: number, ended: number, reads: object, writes: object }} Operation */

/**
 * The operations of a circle, if there is one.
 * @param {Operation[]} operations
 */
function circle(operations) {
  const after = new Map(operations.map((operation) => [operation, new Set()]));
  const writers = new Map();
  for (const operation of operations) {
    for (const [key, version] of Object.entries(operation.writes)) {
      const name = `${key} ${version}`;
      if (writers.has(name)) return [writers.get(name), operation];
      writers.set(name, operation);
    }
  }
  for (const operation of operations) {
    for (const [key, version] of Object.entries(operation.reads)) {
      const wrote = writers.get(`${key} ${version}`);
      if (wrote && wrote !== operation) after.get(wrote).add(operation);
      const next = writers.get(`${key} ${version + 1}`);
      if (next && next !== operation) after.get(operation).add(next);
    }
  }
  for (const one of operations) {
    for (const other of operations) if (one.ended < other.started) after.get(one).add(other);
  }
  return circleIn(after);
}

/** A circle in a graph: what is left when those that nothing comes before are taken away again and again. */
function circleIn(after) {
  const before = new Map([...after.keys()].map((node) => [node, 0]));
  for (const nodes of after.values())
    for (const node of nodes) before.set(node, before.get(node) + 1);
  const free = [...before].filter(([, count]) => count === 0).map(([node]) => node);
  for (let node; (node = free.pop()) !== undefined;) {
    before.delete(node);
    for (const next of after.get(node)) {
      const count = before.get(next) - 1;
      before.set(next, count);
      if (count === 0) free.push(next);
    }
  }
  return before.size === 0 ? undefined : [...before.keys()];
}

module.exports = { circle };
