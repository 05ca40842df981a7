// The events of the server: each has a name and data.

/** Listens to the server: `listeners` are by the names of events, `tell` learns if it answers. */
export function listen(listeners, tell) {
  const source = new EventSource('/api/feed');
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, ({ data }) => listener(JSON.parse(data)));
  }
  source.addEventListener('open', () => tell(true));
  source.addEventListener('error', () => tell(false));
}
