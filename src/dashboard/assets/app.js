// What every part of the dashboard works with, built once.

import { Assigning } from './actions/assign.js';
import { Bulk } from './actions/bulk.js';
import { Editing } from './actions/edit.js';
import { Toasts } from './components/toasts.js';
import { Api } from './core/api.js';
import { Emitter } from './core/dom.js';
import { Keyboard } from './core/keyboard.js';
import { Live } from './core/live.js';
import { Router } from './core/router.js';
import { Session } from './core/session.js';
import { Overlay } from './store/overlay.js';
import { Notifications } from './store/notifications.js';
import { People } from './store/people.js';

/** Tells of `overlay`, when what is shown over the rows has changed, and of `counts`. */
export class App extends Emitter {
  constructor() {
    super();
    this.api = new Api();
    this.session = new Session(this.api);
    this.router = new Router();
    this.keyboard = new Keyboard();
    this.live = new Live();
    this.people = new People(this.api);
    this.overlay = new Overlay();
    this.toasts = new Toasts(this.keyboard);
    this.assigning = new Assigning(this);
    this.bulk = new Bulk(this);
    this.editing = new Editing(this);
    this.notifications = new Notifications(this);
    /** @type {Record<string, number>} */
    this.counts = {};
    /** What the palette may search: conversations that are held anyway. @type {() => import('./core/types.js').Conversation[]} */
    this.heldConversations = () => [];
    /** The conversations that an action is about: those selected, else the one at hand. @type {() => import('./core/types.js').Conversation[]} */
    this.atHand = () => [];
  }

  /** Begins to listen; everything shown from here on is kept current. */
  begin() {
    this.live.on('user', ({ user }) => {
      this.people.take(user);
      if (user.id === this.session.me?.id && user.role !== this.session.me.role) location.reload();
    });
    this.live.on('counts', ({ counts }) => {
      this.counts = counts;
      this.emit('counts');
    });
    this.live.subscribe('counts', { position: () => null, receive: () => 'applied' });
    this.live.start();
    this.people.load().catch(() => {});
  }

  /** The list that the inbox shows. */
  get filter() {
    return this.router.place.filter ?? this.session.landing;
  }

  /** @param {string|null} id */
  openConversation(id) {
    this.router.go(Router.inbox(id, this.filter));
  }
}
