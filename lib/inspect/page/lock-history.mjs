// The locks of the last seconds, as lanes: a lane a key, a row a process, a segment for each time in
// which it waited or had the lock. Knows nothing of the page.

/** The time that a lane shows, in milliseconds. */
export const WINDOW = 12_000;

/**
 * A segment of a row.
 *
 * @typedef {object} Segment
 * @property {string} kind `edit`, `view`, `clear` or `turn`
 * @property {boolean} waiting
 * @property {number} start
 * @property {number} [end] missing while it goes on
 * @property {number} [place] the place among those that wait, from 1 on
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {object} lock the lock as it was told last
 * @property {Segment[]} segments the oldest first
 *
 * @typedef {{ id: string, key?: string | null, kind: string, rows: Map<string, Row> }} Lane
 */

export class LockHistory {
  /** @type {Map<string, Lane>} */
  #lanes = new Map();

  /** Takes the locks of this moment. Those of one key that wait come in their order. */
  take(locks, now) {
    const present = new Set();
    const places = new Map();
    const numbers = new Map();
    for (const lock of locks) {
      const lane = this.#laneOf(lock);
      // A process may have several calls of one key under way.
      const process = `${lock.pid}@${lock.host ?? ''}`;
      const number = countUp(numbers, `${lane.id} ${process}`);
      const row = rowOf(lane, `${process}#${number}`, lock);
      const place = lock.waiting ? countUp(places, lane.id) : undefined;
      goOn(row, lock, place, now);
      present.add(row);
    }
    for (const { rows } of this.#lanes.values()) {
      for (const row of rows.values()) if (!present.has(row)) endOf(row, now);
    }
    this.forget(now);
  }

  /** Drops rows that ended before the time shown. */
  forget(now) {
    for (const [id, { rows }] of this.#lanes) {
      for (const [name, row] of rows) {
        row.segments = row.segments.filter(({ end }) => end === undefined || end > now - WINDOW);
        if (row.segments.length === 0) rows.delete(name);
      }
      if (rows.size === 0) this.#lanes.delete(id);
    }
  }

  /** Lists the lanes, in the order in which they began. */
  get lanes() {
    return [...this.#lanes.values()];
  }

  #laneOf({ key, kind }) {
    const id = key === null ? kind : key === undefined ? 'unknown' : `key ${key}`;
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = { id, key, kind, rows: new Map() };
      this.#lanes.set(id, lane);
    }
    return lane;
  }
}

function countUp(counts, name) {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}

function rowOf(lane, id, lock) {
  let row = lane.rows.get(id);
  if (row === undefined) {
    row = { id, lock, segments: [] };
    lane.rows.set(id, row);
  }
  row.lock = lock;
  return row;
}

/** Lengthens the last segment of a row, or begins another. */
function goOn(row, { kind, waiting, since }, place, now) {
  const last = row.segments.at(-1);
  const isSame =
    last !== undefined &&
    last.end === undefined &&
    last.kind === kind &&
    last.waiting === waiting &&
    // The same process has let the lock go, and has it again.
    (since === undefined || last.since === undefined || last.since === since);
  if (isSame) {
    last.place = place;
    last.since ??= since;
    if (since < last.start) last.start = since;
    return;
  }
  endOf(row, now);
  row.segments.push({ kind, waiting, since, start: Math.min(since ?? now, now), place });
}

function endOf(row, now) {
  const last = row.segments.at(-1);
  if (last !== undefined) last.end ??= now;
}

/** Orders rows: those that have the lock, those that wait in their order, and those that are done. */
export function byState(one, other) {
  // Infinity minus itself is no number.
  return stateOf(one) - stateOf(other) || 0;
}

function stateOf({ segments }) {
  const { end, waiting, place } = segments.at(-1);
  if (end !== undefined) return Infinity;
  return waiting ? place : 0;
}
