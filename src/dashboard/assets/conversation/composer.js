// Where replies and notes are written. What is half written stays: over a reload, a lost line, a new sign-in.

import { randomKey } from '../core/api.js';
import { sentenceOf } from '../actions/assign.js';
import { NoteField } from '../components/note-field.js';
import { h } from '../core/dom.js';
import { icon } from '../core/icons.js';

const STORED = 'ochre.draft.';
/** Somebody who does not write for so long is not composing any more. */
const COMPOSING_FOR = 8_000;

export class Composer {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    /** @type {import('../core/types.js').Conversation|null} */
    this.conversation = null;
    /** @type {'agent'|'note'} */
    this.kind = app.session.mayAct ? 'agent' : 'note';
    this.key = randomKey();
    this.idle = 0;
    this.field = new NoteField(app, {
      label: 'Message', placeholder: '', oninput: () => this.#typed(), onsend: () => this.send(), canMention: () => this.kind === 'note',
    });
    this.tabs = [
      app.session.mayAct ? this.#tab('agent', 'reply', 'Reply', 'r') : null,
      this.#tab('note', 'lock', 'Note', 'n'),
    ].filter(Boolean);
    this.button = h('button.primary', { type: 'submit' });
    this.problem = h('p.form-problem', { role: 'alert' });
    this.draftText = h('q');
    this.draft = h('div.ai-draft', { hidden: true }, icon('spark'), h('span', null, 'The AI’s draft: ', this.draftText), h('button.ai', { type: 'button', onclick: () => this.#useDraft() }, 'Use it'));
    this.element = h(
      'form.composer', { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); this.send(); } },
      h('div.composer-tabs', { role: 'group', 'aria-label': 'What to write' }, ...this.tabs),
      this.draft, this.field.element, this.problem,
      h('footer.composer-foot', null, h('span.faint.small', null, h('kbd', null, 'Ctrl'), h('kbd', null, '↵'), ' sends'), h('span.spacer'), this.button),
    );
    this.field.text.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Escape') this.field.text.blur();
    });
    this.#choose(this.kind);
  }

  /** @param {import('../core/types.js').Conversation} conversation */
  show(conversation) {
    const isOther = this.conversation?.id !== conversation.id;
    this.conversation = conversation;
    const { draft } = conversation.ai;
    this.draft.hidden = !draft || !this.app.session.mayAct || conversation.ai.handling;
    if (draft) this.draftText.textContent = draft;
    if (!isOther) return;
    this.problem.textContent = '';
    this.key = randomKey();
    const stored = this.#stored();
    this.#choose(stored?.kind && (stored.kind === 'note' || this.app.session.mayAct) ? stored.kind : this.app.session.mayAct ? 'agent' : 'note');
    this.field.text.value = stored?.text ?? '';
  }

  #useDraft() {
    this.field.text.value = this.conversation.ai.draft;
    this.write('agent');
  }

  /** @param {'agent'|'note'} kind */
  write(kind) {
    if (kind === 'agent' && !this.app.session.mayAct) return;
    this.#choose(kind);
    this.field.focus();
    this.#store();
  }

  async send() {
    const { conversation, kind, app } = this;
    const { body, mentions } = this.field.value;
    if (!body || this.button.disabled) return;
    this.button.disabled = true;
    this.problem.textContent = '';
    try {
      await app.editing.send(conversation, kind, body, mentions, this.key);
      sessionStorage.removeItem(STORED + conversation.id);
      if (this.conversation.id === conversation.id) this.field.text.value = '';
      this.key = randomKey();
      app.toasts.announce(kind === 'note' ? 'Note added.' : 'Reply added.');
      app.live.present(conversation.id, 'viewing');
    } catch (error) {
      this.problem.textContent = sentenceOf(error);
    } finally {
      this.button.disabled = false;
    }
  }

  #typed() {
    this.#store();
    clearTimeout(this.idle);
    const { id } = this.conversation;
    this.app.live.present(id, this.field.text.value ? 'composing' : 'viewing');
    this.idle = window.setTimeout(() => this.conversation?.id === id && this.app.live.present(id, 'viewing'), COMPOSING_FOR);
  }

  #store() {
    const { id } = this.conversation;
    const text = this.field.text.value;
    // A new text is a new message, also when an older one may have been sent without our knowing.
    this.key = randomKey();
    if (text) sessionStorage.setItem(STORED + id, JSON.stringify({ kind: this.kind, text }));
    else sessionStorage.removeItem(STORED + id);
  }

  #stored() {
    try {
      return JSON.parse(sessionStorage.getItem(STORED + this.conversation.id) ?? 'null');
    } catch {
      return null;
    }
  }

  /** @param {'agent'|'note'} kind @param {string} picture @param {string} name @param {string} key */
  #tab(kind, picture, name, key) {
    return h('button.tab', { type: 'button', 'data-kind': kind, 'aria-pressed': 'false', onclick: () => this.write(kind) }, icon(picture), name, h('kbd', null, key));
  }

  /** @param {'agent'|'note'} kind */
  #choose(kind) {
    this.kind = kind;
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.kind === kind));
    const isNote = kind === 'note';
    if (this.element) this.element.dataset.kind = kind;
    this.button.textContent = isNote ? 'Add note' : 'Send reply';
    this.field.text.setAttribute('aria-label', isNote ? 'Internal note' : 'Reply');
    this.field.text.placeholder = isNote ? 'A note for colleagues. @ mentions people. Customers never see it.' : 'Reply to the customer…';
  }
}
