// Makes elements. All text becomes text nodes: nothing of the store is ever read as markup.

/**
 * Makes an element. Of the properties, `class` and those with a hyphen or `role` are attributes, `on…`
 * are listeners, and the others are set as they are. Children are nodes and texts; `undefined` is
 * left out.
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key === 'class' || key === 'role' || key.includes('-')) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined));
  return made;
}

export function button(text, onclick, properties = {}) {
  return element('button', { type: 'button', onclick, ...properties }, text);
}

/** Finds an element of the page by its identifier. */
export function part(id) {
  return document.getElementById(id);
}

/** Replaces the children of an element, unless they show the same text already. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
