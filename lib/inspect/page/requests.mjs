// The requests of the page to its server.

/** An answer that is no success: its `status`, and the `item` that is there after a conflict. */
export class RequestError extends Error {
  constructor(status, { message, ...details }) {
    super(message);
    this.status = status;
    Object.assign(this, details);
  }
}

async function request(method, path, body) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new RequestError(response.status, answer);
  return answer;
}

/** Spells a key in an address: as JSON, which has an escape for half a surrogate pair. */
export function spelled(key) {
  return encodeURIComponent(JSON.stringify(key));
}

export const aboutStore = () => request('GET', '/api/store');

/** Reads an item: `{ version, expires, length, json }`, or `null`. */
export const readItem = (key) => request('GET', `/api/item?key=${spelled(key)}`);

/** Stores a value, if the item that is there has this version (`null`: if there is none). */
export const saveItem = (change) => request('PUT', '/api/item', change);
export const removeItem = (key, version) => request('DELETE', '/api/item', { key, version });

/** Moves the expiry of an item to a time from now, such as `1h30m`, or `never`. */
export const moveExpiry = (key, time) => request('POST', '/api/expiry', { key, time });

/** Starts long work: `verify`, `compact` or `backup`. The feed tells its progress. */
export const startJob = (name) => request('POST', `/api/${name}`, {});

/** Reads all keys; calls `take` with parts of them. Resolves with the number of items. */
export async function readKeys(take) {
  const response = await fetch('/api/keys');
  if (!response.ok) throw new RequestError(response.status, await response.json());
  let count;
  let isWhole = false;
  for await (const line of linesOf(response.body)) {
    const value = JSON.parse(line);
    if (Array.isArray(value)) take(value);
    else if (value === true) isWhole = true;
    else ({ count } = value);
  }
  if (!isWhole) throw new Error('The list of the keys has broken off');
  return count;
}

async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part; !(part = await reader.read()).done;) {
    const lines = (rest + part.value).split('\n');
    rest = lines.pop();
    yield* lines;
  }
}
