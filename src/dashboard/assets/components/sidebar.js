// Filters with live counts, the ways to other pages, the bell, who is signed in, and the mark of trust.

import { h, say, schedule } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { FILTERS, Router } from '../core/router.js';
import { avatar } from './avatar.js';
import { openNotifications } from './bell.js';
import { openHelp } from './help.js';
import { openPalette } from './palette.js';
import './trust.js';

export class Sidebar {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, {link: HTMLElement, count: HTMLElement}>} */
    this.filters = new Map();
    this.places = [
      link('settings', 'settings', 'Settings', '/settings'),
      link('wall', 'wall', 'Wall', '/wall'),
    ];
    this.unread = h('span.badge', { hidden: true });
    this.bell = h(
      'button.side-link', { type: 'button', 'aria-haspopup': 'dialog', onclick: () => openNotifications(app, this.bell) },
      icon('bell'), h('span.side-name', null, 'Notifications'), this.unread,
    );
    this.element = h(
      'nav.sidebar', { 'aria-label': 'Main' },
      h('header.side-head', null,
        h('span.brand-mark', { 'aria-hidden': 'true' }),
        h('span.side-name', null, h('strong', null, app.session.workspace.name)),
        h('button.icon-only', { type: 'button', 'aria-label': 'Find anything (Ctrl K)', onclick: () => openPalette(app) }, icon('search'))),
      h('ul.side-filters', null, ...FILTERS.map((filter) => h('li', null, this.#filter(filter)))),
      h('div.side-places', null, this.bell, ...this.places,
        h('button.side-link', { type: 'button', onclick: () => openHelp(app) }, icon('help'), h('span.side-name', null, 'Keys'))),
      h('footer.side-foot', null, this.#who(), h('ochre-trust')),
    );
    const trust = /** @type {any} */ (this.element.querySelector('ochre-trust'));
    trust.follow(app);
    app.on('counts', () => schedule(this.#count));
    app.notifications.on('unread', () => schedule(this.#count));
    app.keyboard.bind(FILTERS.map(({ key, name }, index) => ({
      keys: [String(index + 1)], name, group: 'Lists', run: () => app.router.go(Router.inbox(null, key)),
    })));
    app.keyboard.bind([
      { keys: ['B'], name: 'Notifications', group: 'Everywhere', run: () => openNotifications(app, this.bell) },
    ]);
  }

  /** @param {import('../core/router.js').Place} place */
  show(place) {
    for (const [key, { link: element }] of this.filters) {
      const isCurrent = place.page === 'inbox' && this.app.filter === key;
      if (isCurrent) element.setAttribute('aria-current', 'page');
      else element.removeAttribute('aria-current');
    }
    for (const element of this.places) {
      const isCurrent = element.dataset.page === place.page;
      if (isCurrent) element.setAttribute('aria-current', 'page');
      else element.removeAttribute('aria-current');
    }
  }

  /** @param {typeof FILTERS[number]} filter */
  #filter({ key, name, icon: picture, what }) {
    const count = h('span.count', { 'data-count': key });
    const element = h(
      'a.side-link', { href: Router.inbox(null, key), 'data-route': true, 'data-filter': key, title: `${name}: ${what}` },
      icon(picture), h('span.side-name', null, name), count,
    );
    this.filters.set(key, { link: element, count });
    return element;
  }

  #count = () => {
    for (const [key, { count }] of this.filters) {
      const number = this.app.counts[key];
      say(count, number === undefined ? '' : number.toLocaleString('en'));
    }
    const { unread } = this.app.notifications;
    this.unread.hidden = !unread;
    say(this.unread, unread > 99 ? '99+' : String(unread));
    this.bell.title = unread ? `${unread} unread` : '';
  };

  #who() {
    const { me } = this.app.session;
    return h(
      'div.who', null,
      avatar(me), h('a.side-name', { href: '/settings/profile', 'data-route': true }, me.name, h('small', null, me.role)),
      h('button.icon-only', { type: 'button', 'aria-label': 'Sign out', title: 'Sign out', onclick: () => this.app.session.signOut() }, icon('out')),
    );
  }
}

/** @param {string} page @param {string} picture @param {string} name @param {string} address */
function link(page, picture, name, address) {
  return h(
    'a.side-link', { href: address, 'data-route': true, 'data-page': page, title: name },
    icon(picture), h('span.side-name', null, name),
  );
}
