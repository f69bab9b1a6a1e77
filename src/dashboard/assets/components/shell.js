// The frame of the page: filters and places on the left, what they lead to on the right.

import { fill, h } from '../core/dom.js';
import { Inbox } from '../inbox/inbox.js';
import { openHelp } from './help.js';
import { openPalette } from './palette.js';
import { Sidebar } from './sidebar.js';

/** @typedef {import('../core/router.js').Place} Place */

export class Shell {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.sidebar = new Sidebar(app);
    this.main = h('div.stage');
    /** @type {Inbox|null} */
    this.inbox = null;
    this.leave = () => {};
    this.shown = '';
    this.element = h(
      'div.shell', null,
      h('a.skip', { href: '#main', onclick: (/** @type {Event} */ event) => this.#skip(event) }, 'Skip to the list'),
      this.sidebar.element, this.main,
    );
    app.router.on('place', (place) => this.show(place));
    app.keyboard.bind([
      { keys: ['?'], name: 'Show all keys', group: 'Everywhere', run: () => openHelp(app) },
      { keys: ['Mod+K', '/'], name: 'Find conversations, people, actions', group: 'Everywhere', run: () => openPalette(app) },
    ]);
  }

  /** @param {Place} place */
  async show(place) {
    this.element.dataset.page = place.page;
    document.body.dataset.page = place.page;
    this.sidebar.show(place);
    if (place.page === 'inbox') {
      if (this.shown !== 'inbox') {
        this.leave();
        this.inbox ??= new Inbox(this.app);
        fill(this.main, this.inbox.element);
        this.inbox.enter();
        this.leave = () => this.inbox.leave();
      }
      this.shown = 'inbox';
      this.inbox.show(place);
      return;
    }
    const wanted = `${place.page}/${place.section ?? ''}`;
    if (this.shown === wanted) return;
    this.leave();
    this.leave = () => {};
    this.shown = wanted;
    const view = await open(this.app, place);
    if (this.shown !== wanted) {
      view.leave?.();
      return;
    }
    fill(this.main, view.element);
    this.leave = () => view.leave?.();
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault();
    const target = /** @type {HTMLElement|null} */ (this.main.querySelector('main, [tabindex="0"], h1'));
    target?.setAttribute('tabindex', '-1');
    target?.focus();
  }
}

/** @param {import('../app.js').App} app @param {Place} place @returns {Promise<{element: Element, leave?: () => void}>} */
async function open(app, place) {
  if (place.page === 'wall') {
    const { Wall } = await import('../wall/wall.js');
    return new Wall(app);
  }
  const { openSettings } = await import('../settings/settings.js');
  return openSettings(app, place.section);
}
