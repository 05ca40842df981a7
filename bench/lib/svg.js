'use strict';

// SVG by hand: a page with its own background, in light and dark, and the few shapes of the
// pictures.

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .heading { font-size: 17px; font-weight: 600 }
  .title { font-size: 15px; font-weight: 600 }
  .own { font-weight: 600 }
  .small { font-size: 11px; fill: #57606a }
  .page { fill: #ffffff; stroke: #d0d7de }
  .grid { stroke: #d8dee4 }
  .ours { fill: #0b7a4b } .ours-line { stroke: #0b7a4b }
  .peer { fill: #8c959f } .peer-line { stroke: #8c959f }
  .other { fill: #bf8700 } .other-line { stroke: #bf8700 }
  .floor { fill: none; stroke: #8c959f; stroke-dasharray: 3 2 }
  .line { fill: none; stroke-width: 2 }
  .spread { stroke: #24292f }
  .cut { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .page { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #2a313c }
    .ours { fill: #3fb950 } .ours-line { stroke: #3fb950 }
    .peer { fill: #6e7681 } .peer-line { stroke: #8b949e }
    .other { fill: #d29922 } .other-line { stroke: #d29922 }
    .floor { stroke: #8b949e }
    .spread { stroke: #e6edf3 }
    .cut { fill: #0d1117 }
  }
`;

function escaped(content) {
  return String(content).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Writes attributes; one decimal is precise enough for a picture. */
function attributesOf(attributes) {
  return Object.entries(attributes)
    .map(([name, value]) => {
      const number = typeof value === 'number' ? Number(value.toFixed(1)) : value;
      return ` ${name}="${escaped(number)}"`;
    })
    .join('');
}

function element(name, attributes, content = '') {
  return `<${name}${attributesOf(attributes)}>${content}</${name}>`;
}

function text(x, y, content, attributes = {}) {
  return element('text', { x, y, ...attributes }, escaped(content));
}

function rectangle(x, y, width, height, attributes) {
  return element('rect', { x, y, width, height, ...attributes });
}

function line(x1, y1, x2, y2, attributes) {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

/** Makes a complete picture; screen readers read the `description`. */
function page(width, height, title, description, shapes) {
  const ground = rectangle(0.5, 0.5, width - 1, height - 1, { rx: 6, class: 'page' });
  const content = [
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(description)),
    element('style', {}, STYLE),
    ground,
    ...shapes,
  ];
  const viewBox = `0 0 ${width} ${height}`;
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox, role: 'img' };
  return `${element('svg', attributes, `\n${content.join('\n')}\n`)}\n`;
}

module.exports = { element, line, page, rectangle, text };
