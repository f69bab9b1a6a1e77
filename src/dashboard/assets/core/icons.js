// The icons: strokes on a grid of 16, in the colour of the text around them.

const SVG = 'http://www.w3.org/2000/svg';

/** @type {Record<string, string>} */
const PATHS = {
  inbox: 'M2 9.5h3.2l1 2h3.6l1-2H14M2 9.5 4 3h8l2 6.5V13H2z',
  listen: 'M2 8h1.5M5 5v6M8 2.5v11M11 5v6M12.5 8H14',
  open: 'M3 4h10M3 8h10M3 12h6',
  nobody: 'M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M3 13.5c.6-2.4 2.5-3.5 5-3.5s4.4 1.1 5 3.5M2 2l12 12',
  mine: 'M8 8.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4M2.8 13.5c.7-2.5 2.6-3.5 5.2-3.5s4.5 1 5.2 3.5',
  mention: 'M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0m0 0v.8c0 2.2 3 2.2 3-.8A5.5 5.5 0 1 0 11 12.7',
  spark: 'M8 2l1.4 3.9L13.5 7.5 9.4 9 8 13.5 6.6 9 2.5 7.5l4.1-1.6z',
  closed: 'M3 8.5l3.2 3.2L13 4.8',
  bell: 'M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3zM6.7 14.2h2.6',
  settings: 'M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
  wall: 'M2 3h12v8H2zM5.5 13.5h5M4.5 8.5l2.2-2.3 1.9 1.6 2.9-3',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.8-.9 1.5M8 12v.1M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13',
  email: 'M2 4h12v8.5H2zM2.3 4.5 8 8.7l5.7-4.2',
  chat: 'M2.5 3h11v8H8l-3 2.5V11H2.5z',
  slack: 'M6 2.5v11M10 2.5v11M2.5 6h11M2.5 10h11',
  lock: 'M4 7.2h8v6.3H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  blocked: 'M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12M3.8 3.8l8.4 8.4',
  hand: 'M5 8V4.2a1 1 0 0 1 2 0V7m0-.5V3a1 1 0 0 1 2 0v4m0-3a1 1 0 0 1 2 0v4m0-2a1 1 0 0 1 2 0v3.5c0 2.5-1.7 4-4 4-2.5 0-3.3-1-4.5-3L3 8.5c-.5-1 .7-1.7 1.4-1z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  undo: 'M3 6.5h6.5a3.3 3.3 0 0 1 0 6.6H6M3 6.5 5.8 3.7M3 6.5l2.8 2.8',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3.5 8.5l3 3 6-7',
  plus: 'M8 3v10M3 8h10',
  more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
  back: 'M10 3 5 8l5 5',
  next: 'M6 3l5 5-5 5',
  up: 'M8 13V3M4 7l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  drag: 'M6 4v.1M10 4v.1M6 8v.1M10 8v.1M6 12v.1M10 12v.1',
  people: 'M6 8a2.3 2.3 0 1 0 0-4.6A2.3 2.3 0 0 0 6 8M1.8 13c.5-2 2-3 4.2-3s3.7 1 4.2 3M10.5 8a2 2 0 1 0-.5-3.9M12 10.2c1.2.4 1.9 1.3 2.2 2.8',
  team: 'M8 5.5A1.8 1.8 0 1 0 8 2a1.8 1.8 0 0 0 0 3.5M3.8 13.5a1.8 1.8 0 1 0 0-3.5 1.8 1.8 0 0 0 0 3.5M12.2 13.5a1.8 1.8 0 1 0 0-3.5 1.8 1.8 0 0 0 0 3.5M6.9 6.8 5 9.5M9.1 6.8l1.9 2.7M6 12h4',
  rules: 'M3 3.5h4v3H3zM9 9.5h4v3H9zM7 5h2.5a1.5 1.5 0 0 1 1.5 1.5v3',
  key: 'M9.5 9.2a3 3 0 1 0-2.7-2.6L2.5 11v2.5H5v-1.7h1.7v-1.6z',
  hook: 'M8 3.5a2 2 0 1 0-1.5 3.3L4.5 10M9.5 5.5l2 3.5a2 2 0 1 1-1 3.3M4.3 10a2 2 0 1 0 2.2 2H10',
  clock: 'M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12M8 4.5V8l2.3 1.5',
  play: 'M5 3l8 5-8 5z',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.6 10.6 14 14',
  note: 'M3 2.5h10v7.5l-3.5 3.5H3zM9.5 13.5V10H13',
  reply: 'M6.5 3.5 2.5 7.5l4 4M2.5 7.5H9a4.5 4.5 0 0 1 4.5 4.5v1',
  flag: 'M4 14V2.5h8l-1.8 3L12 8.5H4',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  out: 'M6.5 2.5H3v11h3.5M10 5l3 3-3 3M13 8H6.5',
};

/**
 * @param {keyof PATHS|string} name
 * @param {string} [label] said to who cannot see it; without it the icon is only decoration
 * @returns {SVGElement}
 */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name] ?? PATHS.more);
  svg.append(path);
  return svg;
}
