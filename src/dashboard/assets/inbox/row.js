// One conversation in the list.

import { avatar, paint } from '../components/avatar.js';
import { h, keyed, say } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { Router } from '../core/router.js';
import '../core/time.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */
/**
 * @typedef {object} RowState
 * @property {Conversation} conversation
 * @property {string} filter
 * @property {boolean} isGone it is not in the list any more
 * @property {boolean} isNew
 * @property {boolean} isSelected
 * @property {boolean} isOpen
 * @property {boolean} isCursor
 * @property {boolean} isPending
 * @property {string} owner the owner's name
 * @property {boolean} mayAct
 */

export const ROW_HEIGHT = 82;
const TAGS_MOST = 2;

/** @type {WeakMap<HTMLElement, any>} */
const parts = new WeakMap();

export function createRow() {
  const part = {
    select: h('button.row-select', { type: 'button', role: 'checkbox', 'data-do': 'select', tabindex: '-1' }, icon('check')),
    link: h('a.row-link', { 'data-row': true, 'data-route': true }),
    customer: h('span.row-customer'),
    number: h('span.row-number'),
    age: h('ochre-age'),
    subject: h('span.row-subject'),
    preview: h('span.row-preview'),
    tags: h('span.row-tags'),
    priority: h('span.row-priority'),
    channel: h('span.row-channel'),
    owner: h('button.row-owner', { type: 'button', 'data-do': 'assign', tabindex: '-1' }),
    face: avatar(null, 'small'),
    actions: h('span.row-actions'),
    gone: h('span.row-gone'),
  };
  part.owner.append(part.face);
  part.link.append(
    h('span.row-line', null, part.channel, part.customer, part.number),
    h('span.row-line', null, part.subject),
    h('span.row-line', null, part.preview, part.gone),
  );
  const element = h(
    'li.row', null, part.select, part.link,
    h('span.row-side', null, h('span.row-when', null, part.priority, part.age), h('span.row-foot', null, part.tags, part.actions, part.owner)),
  );
  parts.set(element, part);
  return element;
}

/** @param {HTMLElement} element @param {RowState} state */
export function updateRow(element, state) {
  const part = parts.get(element);
  const before = part.state;
  part.state = state;
  mark(element, part, state);
  const { conversation } = state;
  const isSame = before && before.conversation === conversation && before.owner === state.owner
    && before.filter === state.filter && before.mayAct === state.mayAct && before.isGone === state.isGone;
  if (isSame) return;
  if (before && before.conversation.assignee?.id !== conversation.assignee?.id) pulse(part.owner);
  element.dataset.id = conversation.id;
  element.dataset.owner = conversation.assignee?.id ?? '';
  part.link.setAttribute('href', Router.inbox(conversation.id, state.filter));
  say(part.customer, conversation.customer.name || conversation.customer.email);
  say(part.number, `#${conversation.number}`);
  say(part.subject, conversation.subject || 'No subject');
  say(part.preview, conversation.preview);
  part.age.setAttribute('at', conversation.last_activity_at);
  describeChannel(part, conversation);
  describePriority(part, conversation);
  describeOwner(part, state);
  const shown = conversation.tags.slice(0, TAGS_MOST);
  if (conversation.tags.length > TAGS_MOST) shown.push(`+${conversation.tags.length - TAGS_MOST}`);
  keyed(part.tags, shown, (tag) => tag, (tag) => h('span.tag', null, tag));
  const offered = offerTakeOver(part, state);
  // Said with classes: asking in the styles what a row contains is asked anew with every change of the list.
  element.classList.toggle('is-plain', !shown.length && !offered.length);
  element.classList.toggle('has-actions', offered.length > 0);
  element.classList.toggle('has-pause', offered.length > 1);
}

/** What changes often and costs little. @param {HTMLElement} element @param {any} part @param {RowState} state */
function mark(element, part, state) {
  const { classList } = element;
  classList.toggle('is-selected', state.isSelected);
  classList.toggle('is-open', state.isOpen);
  classList.toggle('is-gone', state.isGone);
  classList.toggle('is-new', state.isNew);
  classList.toggle('is-pending', state.isPending);
  classList.toggle('is-cursor', state.isCursor);
  part.select.hidden = !state.mayAct;
  part.select.setAttribute('aria-checked', String(state.isSelected));
  part.select.setAttribute('aria-label', `Select ${state.conversation.customer.name}`);
  part.link.tabIndex = state.isCursor ? 0 : -1;
  // The buttons of the row at the cursor can be reached with Tab; those of all others would be too many.
  for (const button of [part.select, part.owner, ...part.actions.children]) button.tabIndex = state.isCursor ? 0 : -1;
  if (state.isOpen) part.link.setAttribute('aria-current', 'true');
  else part.link.removeAttribute('aria-current');
  say(part.gone, state.isGone ? 'Not in this list any more' : '');
}

/** @param {any} part @param {Conversation} conversation */
function describeChannel(part, { channel }) {
  if (part.channel.dataset.channel === channel) return;
  part.channel.dataset.channel = channel;
  part.channel.replaceChildren(icon(channel, channel));
  part.channel.title = channel;
}

/** @param {any} part @param {Conversation} conversation */
function describePriority(part, { priority, status }) {
  const isPlain = priority === 'normal' || priority === 'low';
  const text = [isPlain ? '' : priority, status === 'open' ? '' : status].filter(Boolean).join(' · ');
  part.priority.dataset.priority = isPlain ? status : priority;
  say(part.priority, text);
}

/** @param {any} part @param {RowState} state */
function describeOwner(part, { conversation, owner, mayAct }) {
  const { assignee } = conversation;
  paint(part.face, assignee ? { id: assignee.id, name: owner } : null);
  const label = assignee ? `Assigned to ${owner}` : 'Nobody’s';
  part.owner.title = label;
  part.owner.setAttribute('aria-label', mayAct ? `${label}. Assign` : label);
  part.owner.disabled = !mayAct;
}

/** @param {any} part @param {RowState} state @returns {string[]} what is offered */
function offerTakeOver(part, { conversation, filter, mayAct, isGone }) {
  const isOffered = mayAct && !isGone && conversation.ai.handling && conversation.status === 'open';
  const wanted = isOffered ? (filter === 'ai_queue' ? ['take-over', 'pause'] : ['take-over']) : [];
  keyed(part.actions, wanted, (what) => what, (what) => h(
    'button.row-action', { type: 'button', 'data-do': what, tabindex: '-1' },
    what === 'pause' ? 'Pause AI' : 'Take over',
  ));
  return wanted;
}

/** Shows that something changed, once. @param {HTMLElement} element */
function pulse(element) {
  element.classList.remove('changed');
  requestAnimationFrame(() => element.classList.add('changed'));
}
