'use strict';

// A checker for strict serializability, of operations on items that count their versions.
//
// Each operation has its start and end, and the versions that it read and wrote. That is strictly serializable if the
// order of versions and the order of the clock have no circle: the writer of a version comes before its readers, its readers
// before the writer of the next version, and an operation that ended before one that started later.

/** @typedef {{ id: string, started: number, ended: number, reads: object, writes: object }} Operation */

/**
 * Finds the operations of a circle, if there is one.
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

/** Finds a circle in a graph: the nodes left after those without a predecessor are removed again and again. */
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
