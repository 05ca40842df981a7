// Typed settings with defaults, which several programs can change at once.
import { PersistLock } from 'persist-lock';

interface Settings {
  theme: 'light' | 'dark';
  fontSize: number;
  recentFiles: string[];
}

const DEFAULTS: Settings = { theme: 'light', fontSize: 14, recentFiles: [] };

const store = new PersistLock<Partial<Settings>>();

/** Reads a setting, or its default. */
async function get<Name extends keyof Settings>(name: Name): Promise<Settings[Name]> {
  return (await store.getItem(name)) ?? DEFAULTS[name];
}

/** Reads all settings of one moment. */
async function all(): Promise<Settings> {
  return { ...DEFAULTS, ...Object.fromEntries(await store.entries()) };
}

/** Puts a file at the front of the five most recent ones. */
function opened(file: string): Promise<string[]> {
  return store.editItem('recentFiles', (files = DEFAULTS.recentFiles) =>
    [file, ...files.filter((other) => other !== file)].slice(0, 5),
  );
}

await store.setItem('theme', 'dark');
await Promise.all(['a.txt', 'b.txt', 'a.txt'].map(opened));

console.log(await get('fontSize')); // 14
console.log(JSON.stringify(await all())); // {"theme":"dark","fontSize":14,"recentFiles":["a.txt","b.txt"]}
await store.close();
