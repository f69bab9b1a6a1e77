// People as initials on a colour of their own, the same everywhere.

import { h } from '../core/dom.js';

const HUES = 12;

/** @param {string} text @returns {number} */
function hueOf(text) {
  let sum = 2166136261;
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0), 16777619);
  sum = Math.imul(sum ^ (sum >>> 15), 2246822519);
  return ((sum ^ (sum >>> 13)) >>> 0) % HUES;
}

/** @param {string} name @returns {string} one or two letters */
export function initialsOf(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]?.toUpperCase() ?? '').join('') || '?';
}

/**
 * @param {{id?: string|null, name: string}|null} person nobody is a dashed circle
 * @param {string} [size] `small` or `large`
 */
export function avatar(person, size = '') {
  const element = h('span.avatar', { class: size, 'aria-hidden': 'true' });
  paint(element, person);
  return element;
}

/** Shows somebody else in the same place. @param {HTMLElement} element @param {{id?: string|null, name: string}|null} person */
export function paint(element, person) {
  const initials = person ? initialsOf(person.name) : '';
  if (element.textContent !== initials) element.textContent = initials;
  const hue = person ? String(hueOf(person.id ?? person.name)) : 'none';
  if (element.dataset.hue !== hue) element.dataset.hue = hue;
}
