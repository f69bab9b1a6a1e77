// What can be done with the rows that are selected.

import { openPicker } from '../components/picker.js';
import { h, say } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { runBulk } from './bulk-dialog.js';

export class BulkBar {
  /** @param {import('./inbox.js').Inbox} inbox */
  constructor(inbox) {
    this.inbox = inbox;
    this.count = h('strong', { 'aria-live': 'polite' });
    this.all = h('button.quiet', { type: 'button', onclick: () => this.#takeAll() });
    this.element = h(
      'section.bulk-bar', { hidden: true, 'aria-label': 'Selected conversations' },
      this.count, this.all,
      h('span.spacer'),
      h('button.primary', { type: 'button', 'data-bulk': 'assign', onclick: () => this.pick() }, 'Assign…', h('kbd', null, 'a')),
      h('button', { type: 'button', 'data-bulk': 'unassign', onclick: () => this.unassign() }, 'Unassign'),
      h('button.icon-only', { type: 'button', 'aria-label': 'Select nothing', onclick: () => inbox.selection.clear() }, icon('close')),
    );
  }

  refresh() {
    const { selection, source } = this.inbox;
    const isShown = selection.size > 0;
    if (this.element.hidden === isShown) this.element.hidden = !isShown;
    if (!isShown) return;
    const { total, rows } = source.list;
    say(this.count, selection.isAll ? `All ${total.toLocaleString('en')} selected` : `${selection.size} selected`);
    this.all.hidden = selection.isAll || selection.size < rows.length || total <= rows.length;
    say(this.all, `Select all ${total.toLocaleString('en')}`);
  }

  /** Asks to whom. */
  pick() {
    const { app } = this.inbox;
    openPicker(app, this.inbox.atHand(), {
      title: `Assign ${this.#size()} conversations`,
      onpick: (assignee, note) => this.#run(assignee, note),
    });
  }

  assignToMe() {
    this.#run(this.inbox.app.session.me);
  }

  unassign() {
    this.#run(null);
  }

  #size() {
    const { selection, source } = this.inbox;
    return selection.isAll ? source.list.total : selection.size;
  }

  #takeAll() {
    const { selection, source } = this.inbox;
    selection.take(source.list.rows.map(({ id }) => id), true);
  }

  /** @param {{id: string, name: string}|null} assignee @param {{body: string, mentions?: string[]}} [note] */
  #run(assignee, note) {
    const { app, selection, source } = this.inbox;
    const what = selection.isAll && source.list.total > selection.size
      ? { filter: source.filter } : { conversation_ids: [...selection.ids] };
    const count = this.#size();
    const titles = new Map([...selection.ids].map((id) => [id, source.list.byId.get(id)]));
    runBulk(app, { what, count, assignee, note, titles, ondone: () => selection.clear() });
  }
}
