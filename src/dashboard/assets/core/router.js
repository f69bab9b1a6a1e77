// Where the person is: the address of the page says it, and nothing else does.

import { Emitter } from './dom.js';

/** @type {{key: string, name: string, icon: string, what: string}[]} */
export const FILTERS = [
  { key: 'ai_queue', name: 'AI Queue', icon: 'listen', what: 'open, and the AI is handling it' },
  { key: 'all', name: 'All open', icon: 'open', what: 'open' },
  { key: 'unassigned', name: 'Unassigned', icon: 'nobody', what: 'open, and nobody’s' },
  { key: 'mine', name: 'Mine', icon: 'mine', what: 'open, and yours' },
  { key: 'mentions', name: 'Mentions', icon: 'mention', what: 'a note mentions you' },
  { key: 'ai_handled', name: 'AI handled', icon: 'spark', what: 'the AI replied' },
  { key: 'closed', name: 'Closed', icon: 'closed', what: 'closed' },
];

/** @typedef {{page: 'inbox'|'settings'|'wall', filter: string|null, conversation: string|null, section: string|null}} Place */

/** @param {Location|URL} address @returns {Place} */
export function placeAt(address) {
  const [first, second] = address.pathname.split('/').filter(Boolean);
  const asked = new URLSearchParams(address.search).get('filter');
  const filter = FILTERS.some(({ key }) => key === asked) ? asked : null;
  if (first === 'wall') return { page: 'wall', filter, conversation: null, section: null };
  if (first === 'settings') return { page: 'settings', filter, conversation: null, section: second ?? null };
  const conversation = first === 'conversations' && second ? decodeURIComponent(second) : null;
  return { page: 'inbox', filter, conversation, section: null };
}

/** Tells of `place`. */
export class Router extends Emitter {
  constructor() {
    super();
    this.place = placeAt(location);
    addEventListener('popstate', () => this.#arrive());
    document.addEventListener('click', (event) => this.#followed(event));
  }

  /** The address of a conversation in a list. @param {string|null} conversation @param {string|null} filter */
  static inbox(conversation, filter) {
    const query = filter ? `?filter=${filter}` : '';
    return conversation ? `/conversations/${encodeURIComponent(conversation)}${query}` : `/${query}`;
  }

  /** @param {string} address @param {{replace?: boolean}} [options] */
  go(address, options) {
    if (address === location.pathname + location.search) return;
    if (options?.replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#arrive();
  }

  /** Links inside the dashboard change the page without loading it anew. @param {MouseEvent} event */
  #followed(event) {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    const link = /** @type {HTMLAnchorElement|null} */ (target.closest?.('a[data-route]'));
    if (!link) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }

  #arrive() {
    this.place = placeAt(location);
    this.emit('place', this.place);
  }
}
