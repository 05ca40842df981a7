// The panel of the locks: draws the lanes, which move with the time.

import { button, element, part, setText } from './dom.mjs';
import { LockHistory, WINDOW, byState } from './lock-history.mjs';
import { fineText, keyText, shortened } from './texts.mjs';

/** The time between two drawings, in milliseconds. */
const INTERVAL = 100;
/** The most lanes, and the most rows of one, that are drawn. */
const MOST_LANES = 30;
const MOST_ROWS = 20;
/** The share of the time limit from which on a wait is shown in red. */
const NEAR = 0.8;

export class LocksPanel {
  #history = new LockHistory();
  #limit;
  #choose;
  /** The elements of the lanes and rows, by their identifiers. */
  #drawn = new Map();
  #longest = 0;

  /** `limit` is that of waits, in milliseconds; `choose` is called with the key of a chosen lane. */
  constructor(limit, choose) {
    this.#limit = limit;
    this.#choose = choose;
    setInterval(() => this.#draw(), INTERVAL);
  }

  /** The longest wait under way, in milliseconds. */
  get longestWait() {
    return this.#longest;
  }

  /** Takes the numbers of the locks, and a list of them. */
  show({ held, waiting, list }) {
    this.#history.take(list, Date.now());
    setText(part('lock-count'), held + waiting === 0 ? '' : `${held} held, ${waiting} waiting`);
    this.#draw();
  }

  #draw() {
    const now = Date.now();
    this.#history.forget(now);
    this.#longest = 0;
    const { lanes } = this.#history;
    part('no-locks').hidden = lanes.length > 0;
    part('legend').hidden = lanes.length === 0;
    const drawn = new Map();
    const items = lanes.slice(0, MOST_LANES).map((lane) => this.#drawLane(lane, now, drawn));
    if (lanes.length > MOST_LANES) {
      items.push(element('li', { class: 'quiet' }, `and ${lanes.length - MOST_LANES} more keys`));
    }
    this.#drawn = drawn;
    keepChildren(part('lanes'), items);
  }

  #drawLane(lane, now, drawn) {
    const made = this.#kept(drawn, `lane ${lane.id}`, () => this.#newLane(lane));
    const rows = [...lane.rows.values()].sort(byState);
    const nodes = rows.slice(0, MOST_ROWS).map((row) => this.#drawRow(lane, row, now, drawn));
    keepChildren(made.querySelector('.rows'), nodes);
    const rest = rows.length - MOST_ROWS;
    setText(made.querySelector('.rest'), rest > 0 ? `and ${rest} more` : '');
    return made;
  }

  #kept(drawn, id, make) {
    const made = this.#drawn.get(id) ?? make();
    drawn.set(id, made);
    return made;
  }

  #newLane({ key, kind }) {
    const isKey = typeof key === 'string';
    const title = isKey
      ? button(keyText(key), () => this.#choose(key), {
          class: 'lane-key',
          title: shortened(key, 1000),
        })
      : element('span', { class: 'lane-name' }, nameOf(key, kind));
    return element(
      'li',
      { class: 'lane' },
      title,
      element('ul', { class: 'rows' }),
      element('span', { class: 'rest quiet' }),
    );
  }

  #drawRow(lane, row, now, drawn) {
    const made = this.#kept(drawn, `row ${lane.id} ${row.id}`, () =>
      element(
        'li',
        { class: 'lock-row' },
        element(
          'div',
          { class: 'who' },
          element('span', { class: 'what' }),
          element('span', { class: 'command' }),
          element('span', { class: 'process' }),
        ),
        element('div', { class: 'track', 'aria-hidden': 'true' }),
      ),
    );
    const last = row.segments.at(-1);
    const time = (last.end ?? now) - last.start;
    const isOver = last.end !== undefined;
    const isLate = last.waiting && !isOver && time > this.#limit * NEAR;
    if (last.waiting && !isOver) this.#longest = Math.max(this.#longest, time);
    made.className = ['lock-row', isOver && 'over', isLate && 'late'].filter(Boolean).join(' ');
    setText(made.querySelector('.what'), whatOf(last, time, isOver));
    setText(made.querySelector('.process'), processOf(row.lock));
    const command = made.querySelector('.command');
    const line = row.lock.command ?? '';
    setText(command, shortened(line, 120));
    command.title = shortened(line, 300);
    drawTrack(made.querySelector('.track'), row.segments, now, isLate);
    return made;
  }
}

/** Draws the segments of a row, from the left, which is the past. */
function drawTrack(track, segments, now, isLate) {
  while (track.children.length > segments.length) track.lastChild.remove();
  while (track.children.length < segments.length) track.append(element('span'));
  for (const [at, segment] of segments.entries()) {
    const node = track.children[at];
    const { kind, waiting, start, end } = segment;
    const isLast = at === segments.length - 1;
    const style = waiting ? 'waits' : kind === 'view' ? 'shared' : 'alone';
    node.className = `segment ${style}${isLast && isLate ? ' late' : ''}`;
    const left = Math.max((start - now + WINDOW) / WINDOW, 0);
    const right = Math.max((now - (end ?? now)) / WINDOW, 0);
    node.style.left = `${left * 100}%`;
    node.style.right = `${right * 100}%`;
  }
}

const HOLDS = { edit: 'edits', view: 'views', clear: 'clears', turn: 'writes' };
const WANTS = { edit: 'to edit', view: 'to view', clear: 'to clear', turn: 'to write' };

function whatOf({ kind, waiting, place }, time, isOver) {
  if (isOver) return waiting ? `waited ${fineText(time)}` : `done after ${fineText(time)}`;
  if (!waiting) return `${HOLDS[kind]} for ${fineText(time)}`;
  return `${place}. waits ${WANTS[kind]}, ${fineText(time)}`;
}

function processOf({ pid, host, isOwn }) {
  if (isOwn) return 'this page';
  return host === undefined ? `pid ${pid}` : `pid ${pid} on ${host}`;
}

function nameOf(key, kind) {
  if (key === undefined) return 'A key that is not known here';
  return kind === 'clear' ? 'All items' : 'Writer lock';
}

/** Makes nodes the children of an element, and moves none that stays where it is. */
function keepChildren(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  for (const [at, node] of nodes.entries()) {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  }
}
