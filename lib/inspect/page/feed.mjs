// The events of the server: each has a name and data.

/**
 * Listens to the server.
 *
 * @param {Record<string, (data: unknown) => void>} listeners by the names of the events
 * @param {(isConnected: boolean) => void} tell is told if the server answers
 */
export function listen(listeners, tell) {
  const source = new EventSource('/api/feed');
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, ({ data }) => listener(JSON.parse(data)));
  }
  source.addEventListener('open', () => tell(true));
  source.addEventListener('error', () => tell(false));
}
