// The head of a conversation: what it is about, whose it is, and what can be changed.

import { paint, avatar } from '../components/avatar.js';
import { openPicker } from '../components/picker.js';
import { fill, h, keyed, say } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { openExplanation } from './explain.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */

const STATUSES = ['open', 'pending', 'snoozed', 'closed'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];
const TAG_LENGTH_MAX = 64;

export class Head {
  /** @param {import('../app.js').App} app @param {{onback: () => void, ontakeover: (conversation: Conversation, opens: boolean) => void}} options */
  constructor(app, { onback, ontakeover }) {
    this.app = app;
    const { mayAct } = app.session;
    const now = () => this.conversation;
    this.title = h('h2', { tabindex: '-1' });
    this.number = h('span.faint');
    this.customer = h('span');
    this.face = avatar(null);
    this.why = h('button.why-button', { type: 'button', onclick: () => openExplanation(app, now()) }, this.face);
    this.owner = h('span.owner-name');
    this.assign = h('button.assign', { type: 'button', hidden: !mayAct, 'data-do': 'assign', onclick: () => openPicker(app, [now()]) }, this.owner, h('kbd', null, 'a'));
    this.reader = h('span.owner-name', { hidden: mayAct });
    this.claim = h('button', { type: 'button', 'data-do': 'claim', onclick: () => app.assigning.claim(now()) }, 'Claim', h('kbd', null, 'm'));
    this.status = select('Status', STATUSES, !mayAct, (status) => app.editing.edit(now(), { status }));
    this.priority = select('Priority', PRIORITIES, !mayAct, (priority) => app.editing.edit(now(), { priority }));
    this.tags = h('ul.tags', { 'aria-label': 'Tags' });
    this.addTag = h('input.tag-input', {
      type: 'text', 'aria-label': 'Add a tag', placeholder: 'Add a tag', maxlength: String(TAG_LENGTH_MAX), hidden: !mayAct,
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && this.#tag(event),
    });
    this.takeOver = h('button.ai', { type: 'button', 'data-do': 'take-over', onclick: () => ontakeover(now(), true) }, icon('hand'), 'Take over', h('kbd', null, 't'));
    this.ai = h('div.ai-note', { hidden: true }, h('i.wave', { 'aria-hidden': 'true' }, h('b'), h('b'), h('b')), h('span', null, 'The AI is handling this one'), h('span.spacer'), mayAct ? this.takeOver : null);
    this.presence = h('div.presence', { 'aria-live': 'polite' });
    this.fields = h('dl.fields');
    this.element = h(
      'header.conversation-head', null,
      h('div.title-line', null,
        h('button.icon-only.back', { type: 'button', 'aria-label': 'Back to the list', onclick: onback }, icon('back')),
        h('div.titles', null, this.title, h('p.muted', null, this.number, this.customer)),
        this.presence),
      h('div.control-line', null,
        h('span.owner', null, this.why, this.assign, this.reader, this.claim), this.status.element, this.priority.element,
        this.tags, this.addTag),
      this.fields, this.ai,
    );
  }

  /** @param {Conversation} conversation as this person sees it */
  show(conversation) {
    this.conversation = conversation;
    const { assignee, customer, ai } = conversation;
    const owner = assignee ? this.app.people.name(assignee) : 'Unassigned';
    say(this.title, conversation.subject || 'No subject');
    say(this.number, `#${conversation.number}`);
    say(this.customer, ` · ${customer.name} · ${customer.email} · ${conversation.channel}`);
    paint(this.face, assignee ? { id: assignee.id, name: owner } : null);
    this.why.setAttribute('aria-label', `${owner}. Why, and history`);
    this.why.title = 'Why, and history (h)';
    say(this.owner, owner);
    say(this.reader, owner);
    this.element.dataset.owner = assignee?.id ?? '';
    this.claim.hidden = !this.app.session.mayAct || assignee !== null;
    this.status.set(conversation.status);
    this.priority.set(conversation.priority);
    this.ai.hidden = !(ai.handling && conversation.status === 'open');
    keyed(this.tags, conversation.tags, (tag) => tag, (tag) => this.#tagElement(tag));
    const fields = Object.entries(conversation.custom_fields ?? {});
    this.fields.hidden = fields.length === 0;
    const shown = fields.map(([name, value]) => `${name}=${value}`).join('|');
    if (this.fields.dataset.shown !== shown) {
      this.fields.dataset.shown = shown;
      fill(this.fields, ...fields.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, String(value)))));
    }
  }

  /** @param {{id: string, name: string, state: string}[]} users */
  showUsers(users) {
    const others = users.filter(({ id }) => id !== this.app.session.me.id);
    keyed(this.presence, others, ({ id }) => id, (user) => h('span.present', null, avatar(user, 'small')), (element, user) => {
      element.classList.toggle('is-composing', user.state === 'composing');
      const text = `${this.app.people.name(user)} is ${user.state === 'composing' ? 'writing' : 'looking at this'}`;
      element.title = text;
      let said = element.querySelector('.unseen');
      if (!said) element.append(said = h('span.unseen'));
      say(said, text);
    });
  }

  /** @param {string} tag */
  #tagElement(tag) {
    const remove = () => this.app.editing.edit(this.conversation, { tags: this.conversation.tags.filter((one) => one !== tag) });
    return h('li.tag', null, tag, this.app.session.mayAct
      ? h('button.tag-remove', { type: 'button', 'aria-label': `Remove ${tag}`, onclick: remove }, icon('close')) : null);
  }

  /** @param {KeyboardEvent} event */
  #tag(event) {
    event.preventDefault();
    const tag = this.addTag.value.trim();
    if (!tag || this.conversation.tags.includes(tag)) return;
    this.addTag.value = '';
    this.app.editing.edit(this.conversation, { tags: [...this.conversation.tags, tag] });
  }
}

/** @param {string} label @param {string[]} values @param {boolean} isReadOnly @param {(value: string) => void} onchange */
function select(label, values, isReadOnly, onchange) {
  if (isReadOnly) {
    const text = h('span.chip');
    return { element: h('span.labelled', null, h('span.unseen', null, `${label}: `), text), set: (/** @type {string} */ value) => say(text, value) };
  }
  const element = h('select', { 'aria-label': label, onchange: () => onchange(element.value) }, ...values.map((value) => h('option', { value }, value)));
  return {
    element,
    set(/** @type {string} */ value) {
      element.dataset.value = value;
      if (element.value !== value && document.activeElement !== element) element.value = value;
    },
  };
}
