// The list of a filter: rows that come, change and go without moving what somebody is about to click.

import { fill, h, say, schedule } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { FILTERS } from '../core/router.js';
import { ROW_HEIGHT, createRow, updateRow } from './row.js';
import './virtual-list.js';

/** For how long a row that came is marked. */
const NEW_FOR = 2_500;
/** What nobody could follow one by one is not marked one by one. */
const MARKED_MOST = 12;
const ANNOUNCED_EVERY = 8_000;
/** Changes in a second from which on nothing glides. */
const BUSY = 10;

export class ListPane {
  /** @param {import('./inbox.js').Inbox} inbox */
  constructor(inbox) {
    this.inbox = inbox;
    this.app = inbox.app;
    /** @type {import('./source.js').Source|null} */
    this.source = null;
    /** @type {(() => void)[]} */
    this.stop = [];
    /** @type {Set<string>} */
    this.fresh = new Set();
    /** Rows that came above what can be seen. */
    this.unseen = 0;
    this.announcedAt = 0;
    this.churn = 0;
    this.weighedAt = 0;
    /** @type {number|null} */
    this.pointer = null;
    this.list = /** @type {import('./virtual-list.js').VirtualList} */ (h('ochre-list', { tabindex: '-1', 'aria-label': 'Conversations' }));
    this.name = h('h1', { tabindex: '-1' });
    this.total = h('span.list-total');
    this.pill = h('button.pill', { type: 'button', hidden: true, onclick: () => this.settle() });
    this.empty = h('div.empty', { hidden: true });
    this.strip = h('div.strip');
    this.bar = h('div.bulk-slot');
    this.element = h(
      'main.list-pane', { id: 'main', 'aria-label': 'Conversations' },
      h('header.list-head', null, this.name, this.total, h('span.spacer'), this.pill),
      this.strip, h('div.list-body', null, this.list, this.empty), this.bar,
    );
    this.list.configure({
      count: () => this.#count(),
      at: (index) => this.source?.order.at(index) ?? null,
      keyOf: (shown) => shown.row.id,
      create: createRow,
      update: (element, shown) => this.#update(element, shown),
      kept: () => this.inbox.cursor,
      indexOf: (key) => this.source?.order.indexOf(key) ?? -1,
    }, ROW_HEIGHT);
    this.#listen();
  }

  /** @param {import('./source.js').Source} source */
  show(source) {
    for (const stop of this.stop) stop();
    this.source = source;
    this.fresh.clear();
    this.unseen = 0;
    this.list.pad = 0;
    this.list.moveTo(0);
    this.stop = [
      source.on('change', (entered) => this.#changed(entered)),
      source.on('failed', () => this.app.toasts.show({ text: 'The rest of the list could not be read.', isProblem: true })),
    ];
    const filter = FILTERS.find(({ key }) => key === source.filter);
    say(this.name, filter.name);
    this.list.setAttribute('aria-label', filter.name);
    this.refresh();
  }

  /** Draws again, in the next picture. */
  refresh() {
    schedule(this.#draw);
  }

  /** Shows everything in its true order again, from the top. */
  settle() {
    this.source.order.release();
    this.unseen = 0;
    this.list.close();
    this.list.moveTo(0);
    this.refresh();
  }

  /** Decides anew which rows must stay where they are. */
  hold() {
    const { order } = this.source;
    const [first, last] = this.list.range;
    const places = [];
    const pointed = this.pointer === null ? -1 : this.list.placeAt(this.pointer);
    if (pointed >= 0) places.push(pointed);
    const cursor = this.inbox.cursor ? order.indexOf(this.inbox.cursor) : -1;
    if (cursor >= first && cursor <= last) places.push(cursor);
    const topBefore = this.#anchor();
    if (places.length) order.hold(Math.min(...places), Math.max(...places));
    else order.release();
    this.#keep(topBefore);
    if (!order.held.length) this.list.close();
  }

  #count() {
    if (!this.source) return 0;
    const { list, order } = this.source;
    const ghosts = order.length - list.rows.length;
    return Math.max(order.length, list.total + ghosts);
  }

  #draw = () => {
    if (!this.source) return;
    const { list } = this.source;
    const { isLoaded } = this.source;
    say(this.total, isLoaded ? list.total.toLocaleString('en') : '');
    this.empty.hidden = !isLoaded || this.#count() > 0;
    if (!this.empty.hidden) fill(this.empty, ...emptiness(this.source.filter));
    this.pill.hidden = this.unseen === 0;
    if (this.unseen) fill(this.pill, icon('up'), `${this.unseen} new`);
    this.list.classList.toggle('is-loading', !isLoaded);
    this.list.draw();
  };

  /** @param {Set<string>} entered */
  #changed(entered) {
    this.#weigh(entered.size);
    const anchor = this.before ?? null;
    const moved = this.#keep(anchor);
    if (entered.size && entered.size <= MARKED_MOST) {
      for (const id of entered) {
        this.fresh.add(id);
        setTimeout(() => {
          this.fresh.delete(id);
          this.refresh();
        }, NEW_FOR);
      }
    }
    if (moved > 0 && entered.size) {
      this.unseen += moved;
      this.#announce();
    }
    this.before = this.#anchor();
    this.inbox.changed(entered);
    this.refresh();
  }

  /** How busy the list is, as rows that came in about a second. @param {number} came */
  #weigh(came) {
    const now = performance.now();
    this.churn = this.churn * 0.5 ** ((now - this.weighedAt) / 500) + came + 1;
    this.weighedAt = now;
    this.list.isBusy = this.churn > BUSY;
  }

  /** Says what came where it cannot be seen, but not each time in a busy list. */
  #announce() {
    if (Date.now() - this.announcedAt < ANNOUNCED_EVERY) return;
    this.announcedAt = Date.now();
    this.app.toasts.announce(`${this.unseen} new above. Press the full stop to see them.`);
  }

  /** A row that can be seen, and where: it is to stay there. @returns {{id: string, index: number}|null} */
  #anchor() {
    const { order } = this.source;
    if (order.held.length) return { id: order.held[0].id, index: order.first };
    if (this.list.top <= 0) return null;
    const [index] = this.list.range;
    const shown = order.at(index);
    return shown ? { id: shown.row.id, index } : null;
  }

  /** @param {{id: string, index: number}|null} anchor @returns {number} by how many rows it was moved */
  #keep(anchor) {
    if (!anchor) return 0;
    const index = this.source.order.indexOf(anchor.id);
    if (index < 0 || index === anchor.index) return 0;
    // One that jumped to the top is no anchor: nobody held it.
    if (!this.source.order.held.length && index < anchor.index - 50) return 0;
    this.list.shift(index - anchor.index);
    return index - anchor.index;
  }

  /** @param {HTMLElement} element @param {import('../store/held.js').Shown} shown */
  #update(element, shown) {
    const { app, inbox } = this;
    const conversation = app.overlay.over(shown.row);
    updateRow(element, {
      conversation,
      filter: this.source.filter,
      isGone: shown.isGone,
      isNew: this.fresh.has(conversation.id),
      isSelected: inbox.selection.ids.has(conversation.id),
      isOpen: inbox.opened === conversation.id,
      isCursor: inbox.cursor ? inbox.cursor === conversation.id : this.source.order.at(0)?.row === shown.row,
      isPending: app.overlay.isPending(conversation.id),
      owner: app.people.name(conversation.assignee),
      mayAct: app.session.mayAct,
    });
  }

  #listen() {
    const { list } = this;
    list.addEventListener('pointermove', (event) => {
      if (event.pointerType !== 'mouse') return;
      const row = list.placeAt(event.clientY);
      const before = this.pointer === null ? -1 : list.placeAt(this.pointer);
      this.pointer = event.clientY;
      if (row !== before || !this.source.order.held.length) this.#rehold();
    });
    list.addEventListener('pointerleave', () => {
      this.pointer = null;
      this.#rehold();
    });
    list.addEventListener('drawn', (event) => {
      const [, last] = /** @type {CustomEvent} */ (event).detail;
      if (this.source?.isLoaded) this.source.want(last);
      if (this.source) this.before = this.#anchor();
    });
    list.addEventListener('scroll', () => {
      if (list.top <= list.pad) this.unseen = 0;
    }, { passive: true });
    list.addEventListener('click', (event) => this.inbox.clicked(event));
  }

  #rehold() {
    if (!this.source?.isLoaded) return;
    this.hold();
    this.before = this.#anchor();
    this.refresh();
  }
}

/** @param {string} filter */
function emptiness(filter) {
  const words = {
    ai_queue: ['Nothing with the AI', 'Conversations that it handles appear here as they come in.'],
    all: ['No open conversations', 'New ones appear here by themselves.'],
    unassigned: ['Everything has an owner', 'What arrives without one appears here at once.'],
    mine: ['Nothing is yours right now', 'Claim one from Unassigned with the key m.'],
    mentions: ['Nobody mentioned you', 'Notes with your name in them lead here.'],
    ai_handled: ['The AI has not replied yet', 'Conversations with a reply of the AI appear here.'],
    closed: ['Nothing is closed yet', 'Closed conversations stay here.'],
  }[filter] ?? ['Nothing here', ''];
  return [icon('check'), h('h2', null, words[0]), h('p', null, words[1])];
}
