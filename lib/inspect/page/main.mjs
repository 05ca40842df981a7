// The page: puts its panels together, and hands each event to those that show it.

import { showActions, showJob } from './actions.mjs';
import { Commits } from './commits.mjs';
import { part, setText } from './dom.mjs';
import { listen } from './feed.mjs';
import { Figures } from './figures.mjs';
import { ItemPanel } from './item-panel.mjs';
import { KeysPanel } from './keys-panel.mjs';
import { LocksPanel } from './locks-panel.mjs';
import { newItemDialog } from './new-item.mjs';
import { attempt } from './notices.mjs';
import { aboutStore, readKeys, spelled } from './requests.mjs';

/** The looks after which the keys are listed again: changes and figures do not come together. */
const MISSES = 2;

const store = await aboutStore();
const keys = new KeysPanel(choose);
const item = new ItemPanel(store.isReadOnly, (key) => keys.remove(key));
const locks = new LocksPanel(store.lockTimeout, choose);
const figures = new Figures(() => locks.longestWait);
const commits = new Commits();

document.title = `${store.name} – persist-lock`;
setText(part('place'), store.name);
part('read-only').hidden = !store.isReadOnly;
if (!store.isReadOnly) {
  if (!store.isDatabase) showActions();
  const open = newItemDialog(choose);
  part('new-item-button').hidden = false;
  part('new-item-button').addEventListener('click', open);
  shortcut('n', open);
}
shortcut('/', () => {
  showTab('keys');
  part('filter').select();
  part('filter').focus();
});

/** Chooses a key: the address names it, so that the browser goes back to the one before. */
function choose(key) {
  const hash = `#${spelled(key)}`;
  if (location.hash === hash) showTab('item');
  else location.hash = hash;
  // An address has a greatest length.
  if (keyOfAddress() !== key) show(key);
}

function keyOfAddress() {
  try {
    const key = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}

function show(key) {
  keys.select(key);
  if (key !== undefined) showTab('item');
  // On a narrow screen the tree, which had the focus, is gone.
  if (part('tabs').offsetParent !== null) part('item-title').focus();
  attempt(() => item.choose(key));
}

// The browser asks before it goes.
addEventListener('beforeunload', (event) => {
  if (item.hasUnsaved) event.preventDefault();
});
addEventListener('hashchange', () => show(keyOfAddress()));
show(keyOfAddress());

/** Changes that came while the keys were being listed; `undefined` at other times. */
let waiting;
/** False if the list has broken off. */
let isListed;

/** Lists all keys. Changes that come meanwhile are applied to the list after it. */
async function listKeys() {
  const since = (waiting = []);
  isListed = false;
  const list = keys.newList();
  try {
    const count = await readKeys(list.add);
    // A newer list is on its way.
    if (waiting !== since) return;
    keys.told(count);
    list.end(since.flat());
    isListed = true;
  } finally {
    if (waiting === since) waiting = undefined;
  }
  keys.select(item.key);
}

/** The looks in a row in which the number of items was not that of the keys. */
let misses = 0;

/** Lists the keys again if some have expired: nobody tells of them. */
function checkCount(items) {
  keys.told(items);
  const isRight = waiting !== undefined || (isListed && (items === keys.size || keys.isPartial));
  misses = isRight ? 0 : misses + 1;
  if (misses < MISSES) return;
  misses = 0;
  attempt(listKeys);
}

function tellState(name, text) {
  part('live').className = `live ${name}`;
  setText(part('live'), text);
}

/** True once the store has told that it does not change. */
let isStill = false;

listen(
  {
    watching: () => {
      attempt(listKeys);
      attempt(() => item.refresh());
    },
    changes: (changes) => {
      waiting?.push(changes);
      keys.change(changes);
      misses = 0;
      item.change(changes);
      figures.change(changes);
      commits.change(changes);
    },
    locks: (found) => locks.show(found),
    figures: (values) => {
      checkCount(values.items);
      figures.show(values);
    },
    job: showJob,
    still: () => {
      isStill = true;
      tellState('still', 'Backup');
    },
    trouble: (message) => {
      part('trouble').hidden = message === null;
      setText(part('trouble'), message ?? '');
    },
  },
  (isConnected) => {
    if (!isConnected) tellState('ended', 'The command has ended');
    else if (!isStill) tellState('', 'Live');
  },
);

/** Runs an action by a key, except while the user types. */
function shortcut(key, action) {
  document.addEventListener('keydown', (event) => {
    const { target, ctrlKey, metaKey, altKey } = event;
    if (event.key !== key || ctrlKey || metaKey || altKey) return;
    if (target.matches('input, textarea') || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    action();
  });
}

/** On a narrow screen, one panel is shown at a time. */
function showTab(name) {
  document.body.dataset.tab = name;
  for (const tab of part('tabs').children) {
    tab.setAttribute('aria-pressed', tab.dataset.tab === name);
  }
}

for (const tab of part('tabs').children) {
  tab.addEventListener('click', () => showTab(tab.dataset.tab));
}
showTab(keyOfAddress() === undefined ? 'keys' : 'item');
