// The three columns: which list, which row, which conversation, and what the keys do with them.

import { openPicker } from '../components/picker.js';
import { ConversationPane } from '../conversation/pane.js';
import { Emitter, h } from '../core/dom.js';
import { Router } from '../core/router.js';
import { AiStrip } from './ai-strip.js';
import { BulkBar } from './bulk-bar.js';
import { inboxKeys } from './keys.js';
import { ListPane } from './list-pane.js';
import { Selection } from './selection.js';
import { Source } from './source.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */

export class Inbox extends Emitter {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    super();
    this.app = app;
    /** Lists that were looked at go on where they were. @type {Map<string, Source>} */
    this.sources = new Map();
    /** @type {string|null} */
    this.cursor = null;
    /** @type {string|null} */
    this.opened = null;
    this.selection = new Selection();
    this.pane = new ListPane(this);
    this.strip = new AiStrip(app);
    this.pane.strip.append(this.strip.element);
    this.bulkBar = new BulkBar(this);
    this.pane.bar.append(this.bulkBar.element);
    this.conversation = new ConversationPane(app);
    this.element = h('div.inbox', null, this.pane.element, this.conversation.element);
    this.selection.on('change', () => {
      this.pane.element.classList.toggle('has-selection', this.selection.size > 0);
      this.bulkBar.refresh();
      this.pane.refresh();
    });
    app.on('overlay', () => this.pane.refresh());
    app.people.on('change', () => this.pane.refresh());
    app.heldConversations = () => [...this.sources.values()].flatMap((source) => source.list.rows);
    app.atHand = () => this.atHand();
    /** @type {Source|null} */
    this.source = null;
    this.unbind = () => {};
  }

  /** The page shows the inbox from now on. */
  enter() {
    this.unbind();
    this.unbind = this.app.keyboard.bind(inboxKeys(this));
    this.source?.follow();
  }

  /** The page shows something else; the lists are read again when it comes back. */
  leave() {
    this.unbind();
    this.source?.leave();
    this.conversation.show(null);
  }

  /** @param {import('../core/router.js').Place} place */
  show(place) {
    const { filter } = this.app;
    if (this.source?.filter !== filter) this.#change(filter);
    const isOther = this.opened !== place.conversation;
    this.opened = place.conversation;
    if (this.opened && this.source.order.indexOf(this.opened) >= 0) this.cursor = this.opened;
    this.element.classList.toggle('has-conversation', this.opened !== null);
    this.conversation.show(this.opened);
    if (isOther) this.pane.refresh();
    document.title = `${this.pane.name.textContent} · Ochre`;
  }

  /** @param {string} filter */
  #change(filter) {
    this.source?.leave();
    const source = this.sources.get(filter) ?? new Source(this.app, filter);
    this.sources.set(filter, source);
    this.source = source;
    this.cursor = null;
    this.selection.clear();
    this.pane.show(source);
    source.follow();
    this.strip.show(filter === 'ai_queue');
  }

  /** The conversation at the cursor, as this person sees it. @returns {Conversation|null} */
  get current() {
    const opened = this.conversation.conversation;
    const isInside = opened && this.conversation.element.contains(document.activeElement);
    if (isInside || !this.cursor) return opened ?? null;
    const index = this.source.order.indexOf(this.cursor);
    const shown = index >= 0 ? this.source.order.at(index) : null;
    return shown ? this.app.overlay.over(shown.row) : opened;
  }

  /** @returns {Conversation[]} */
  atHand() {
    if (this.selection.size) {
      return [...this.selection.ids].map((id) => this.source.list.byId.get(id)).filter(Boolean);
    }
    return this.current ? [this.current] : [];
  }

  /** @param {number} by @param {boolean} selects whether the rows on the way are selected */
  move(by, selects) {
    const { order } = this.source;
    if (!order.length) return;
    const from = this.cursor ? order.indexOf(this.cursor) : -1;
    const [first] = this.pane.list.range;
    const to = from < 0 ? first : Math.max(0, Math.min(order.length - 1, from + by));
    const shown = order.at(to);
    if (!shown) return;
    if (selects && this.cursor && !this.selection.size) this.selection.toggle(this.cursor);
    this.cursor = shown.row.id;
    if (selects) this.selection.extend(this.cursor, order);
    this.focusCursor();
  }

  /** Brings the row at the cursor into view, and the focus onto it. */
  focusCursor() {
    const index = this.cursor ? this.source.order.indexOf(this.cursor) : -1;
    if (index < 0) {
      this.pane.list.focus({ preventScroll: true });
      return;
    }
    this.pane.list.reveal(index);
    this.pane.hold();
    this.pane.list.draw();
    const element = this.pane.list.elements.get(this.cursor);
    /** @type {HTMLElement|null} */ (element?.querySelector('[data-row]'))?.focus({ preventScroll: true });
  }

  /** Something happened to the list. @param {Set<string>} _entered */
  changed(_entered) {
    if (this.opened && !this.cursor && this.source.order.indexOf(this.opened) >= 0) this.cursor = this.opened;
    this.bulkBar.refresh();
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const id = /** @type {HTMLElement|null} */ (target.closest('[data-id]'))?.dataset.id;
    if (!id) return;
    const row = this.source.order.at(this.source.order.indexOf(id))?.row;
    const what = /** @type {HTMLElement|null} */ (target.closest('[data-do]'))?.dataset.do;
    this.cursor = id;
    if (what || event.shiftKey || event.metaKey || event.ctrlKey) event.preventDefault();
    if (event.shiftKey && this.app.session.mayAct) {
      if (!this.selection.anchor) this.selection.anchor = this.opened ?? id;
      this.selection.extend(id, this.source.order);
    } else if (what === 'select' || event.metaKey || event.ctrlKey) {
      if (this.app.session.mayAct) this.selection.toggle(id);
    } else if (what === 'assign') {
      openPicker(this.app, [this.app.overlay.over(row)]);
    } else if (what === 'take-over') {
      this.takeOver(row, true);
    } else if (what === 'pause') {
      this.takeOver(row, false);
    }
    this.pane.refresh();
  }

  /** Stops the AI. @param {Conversation} conversation @param {boolean} opens whether to go there; pausing stays on the page */
  async takeOver(conversation, opens) {
    const taken = await this.app.assigning.takeOver(conversation);
    if (taken && opens) this.app.openConversation(conversation.id);
  }

  /** Goes back to the list. */
  back() {
    if (this.selection.size || this.selection.isAll) {
      this.selection.clear();
      return;
    }
    if (this.opened) this.app.router.go(Router.inbox(null, this.app.filter));
    this.focusCursor();
  }
}
