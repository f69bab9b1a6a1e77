// The third column: one open conversation, followed live.

import { fill, h, schedule } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { Router } from '../core/router.js';
import { ThreadStore } from '../store/thread.js';
import { Composer } from './composer.js';
import { openExplanation } from './explain.js';
import { Head } from './head.js';
import { Thread } from './thread.js';

/** @typedef {import('../core/types.js').Frame} Frame */

export class ConversationPane {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    /** @type {string|null} */
    this.id = null;
    this.store = new ThreadStore();
    this.isFirst = true;
    this.head = new Head(app, {
      onback: () => app.router.go(Router.inbox(null, app.filter)),
      ontakeover: (conversation) => app.assigning.takeOver(conversation),
    });
    this.thread = new Thread(app);
    this.thread.earlier.addEventListener('click', () => this.#readEarlier());
    this.composer = new Composer(app);
    this.nothing = h('div.empty', null, icon('inbox'), h('h2', null, 'No conversation open'),
      h('p', null, h('kbd', null, 'j'), h('kbd', null, 'k'), ' move, ', h('kbd', null, '↵'), ' opens, ', h('kbd', null, '?'), ' shows all keys'));
    this.missing = h('div.empty', { role: 'alert' }, icon('search'), h('h2', null, 'There is no such conversation'), h('p', null, 'It may be of another workspace.'));
    this.loading = h('div.empty.is-waiting', { role: 'status' }, h('span.unseen', null, 'Reading the conversation'));
    this.element = h('section.conversation', { 'aria-label': 'Conversation' }, this.nothing);
    app.on('overlay', () => schedule(this.#draw));
    app.people.on('change', () => schedule(this.#draw));
    app.live.on('presence', ({ conversation, users }) => {
      if (conversation !== this.id) return;
      this.store.users = users;
      this.head.showUsers(users);
    });
    app.live.on('refused', ({ view }) => view === `conversation:${this.id}` && fill(this.element, this.missing));
  }

  /** The open conversation as this person sees it. */
  get conversation() {
    return this.store.conversation ? this.app.overlay.over(this.store.conversation) : null;
  }

  /** @param {string|null} id */
  show(id) {
    if (id === this.id) return;
    if (this.id) {
      this.app.live.present(this.id, 'left');
      this.app.live.unsubscribe(`conversation:${this.id}`);
    }
    this.id = id;
    this.store = new ThreadStore();
    this.thread.clear();
    this.isFirst = true;
    document.body.classList.toggle('has-composer', id !== null);
    if (!id) {
      fill(this.element, this.nothing);
      return;
    }
    // What the list already knows is shown at once; the thread follows.
    const known = this.app.heldConversations().find((row) => row.id === id);
    if (known) {
      this.store.conversation = known;
      this.#draw();
    } else {
      fill(this.element, this.loading);
    }
    const { store } = this;
    this.app.live.subscribe(`conversation:${id}`, {
      position: () => store.position,
      receive: (frame) => this.#receive(store, frame),
    });
    this.app.live.present(id, 'viewing');
  }

  /** @param {'agent'|'note'} kind */
  write(kind) {
    if (this.store.conversation) this.composer.write(kind);
  }

  explain() {
    if (this.conversation) openExplanation(this.app, this.conversation);
  }

  /** @param {ThreadStore} store @param {Frame} frame @returns {'ignored'|'applied'|'gap'|'wrong'|'verified'} */
  #receive(store, frame) {
    if (frame.type === 'beacon') {
      const outcome = store.beacon(frame);
      return outcome === 'all' ? 'verified' : outcome === 'wrong' ? 'wrong' : 'ignored';
    }
    /** @type {'ignored'|'applied'|'gap'} */
    let outcome = 'applied';
    if (frame.type === 'snapshot') store.snapshot(frame);
    else if (frame.type === 'event') outcome = store.event(frame);
    // A resume that missed nothing may be answered with a change that says only how far it goes.
    else if (frame.type === 'change') store.position = Math.max(store.position ?? 0, frame.seq);
    if (outcome === 'applied' && store === this.store) schedule(this.#draw);
    return outcome;
  }

  #draw = () => {
    const { conversation, store } = this;
    if (!conversation) return;
    this.head.show(conversation);
    this.head.showUsers(store.users);
    this.composer.show(conversation);
    if (this.composer.element.parentElement !== this.element) {
      fill(this.element, this.head.element, this.thread.element, this.composer.element);
    }
    this.thread.show(store, this.isFirst);
    if (store.position !== null) this.isFirst = false;
  };

  async #readEarlier() {
    const { store, id } = this;
    const last = this.thread.element.scrollHeight - this.thread.element.scrollTop;
    try {
      store.earlier(await this.app.api.all(`conversations/${id}/history`, 20_000));
    } catch (error) {
      this.app.toasts.show({ text: error.message, isProblem: true });
    }
    this.thread.isAtEnd = false;
    this.#draw();
    this.thread.element.scrollTop = this.thread.element.scrollHeight - last;
  }
}
