// The messages of a conversation, and between them what else happened.

import { avatar } from '../components/avatar.js';
import { h, keyed } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { exactly, whenever } from '../core/time.js';
import { sentenceFor } from './words.js';

/** @typedef {import('../core/types.js').Entry} Entry */

const SILENT = new Set(['created']);
/** @type {Record<string, string>} */
const ICONS = {
  assigned: 'mine', unassigned: 'nobody', taken_over: 'hand', status_changed: 'check', ai_reply_suppressed: 'blocked',
  ai_draft_saved: 'note', ai_handling_ended: 'pause', tags_changed: 'flag', priority_changed: 'flag',
};

export class Thread {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.list = h('ol.thread', { 'aria-label': 'Conversation' });
    this.earlier = h('button.quiet.earlier', { type: 'button', hidden: true }, 'Show what came before');
    this.element = h('div.thread-scroll', { tabindex: '0', role: 'region', 'aria-label': 'Messages and notes' }, this.earlier, this.list);
    this.isAtEnd = true;
    this.element.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this.element;
      this.isAtEnd = scrollTop + clientHeight > scrollHeight - 60;
    }, { passive: true });
  }

  /** @param {import('../store/thread.js').ThreadStore} store @param {boolean} isFirst */
  show(store, isFirst) {
    this.earlier.hidden = !store.hasEarlier;
    const entries = store.entries.filter(({ kind, message }) => message || !SILENT.has(kind));
    keyed(this.list, entries, keyOf, (entry) => (entry.message ? this.#message(entry) : this.#event(entry)));
    if (isFirst || this.isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  clear() {
    keyed(this.list, [], keyOf, () => h('li'));
    this.isAtEnd = true;
  }

  /** @param {Entry} entry */
  #message(entry) {
    const { message } = entry;
    const { people, session } = this.app;
    const isMe = message.author?.id === session.me.id;
    const name = message.kind === 'ai' ? 'AI' : people.name(message.author);
    const isNote = message.kind === 'note';
    const mentions = message.mentions ?? [];
    return h(
      'li.message', { 'data-kind': message.kind, class: isMe ? 'is-mine' : '' },
      message.kind === 'ai' ? h('span.avatar.ai', { 'aria-hidden': 'true' }, icon('spark')) : avatar({ id: message.author?.id, name }, 'small'),
      h('article', null,
        h('header', null, h('strong', null, name),
          isNote ? h('span.kind', null, icon('lock'), 'Internal note') : null,
          message.kind === 'ai' ? h('span.kind', null, 'sent by itself') : null,
          h('time', { datetime: message.created_at, title: exactly(message.created_at) }, whenever(message.created_at))),
        h('p', null, ...this.#withMentions(message.body, mentions))),
    );
  }

  /** Names in the text that were meant. @param {string} body @param {string[]} mentions */
  #withMentions(body, mentions) {
    let parts = [/** @type {any} */ (body)];
    for (const id of mentions) {
      const name = `@${this.app.people.nameOf(id)}`;
      parts = parts.flatMap((part) => (typeof part !== 'string' ? [part]
        : part.split(name).flatMap((piece, index) => (index ? [h('mark.mention', null, name), piece] : [piece]))));
    }
    return parts;
  }

  /** @param {Entry} entry */
  #event(entry) {
    const isLoud = entry.kind === 'ai_reply_suppressed' || entry.kind === 'ai_draft_saved';
    const body = isLoud ? entry.changes?.['ai.draft']?.to ?? entry.why?.body : null;
    return h(
      'li.event', { 'data-kind': entry.kind, class: isLoud ? 'is-loud' : '' },
      icon(ICONS[entry.kind] ?? 'more'),
      h('span', null, sentenceFor(this.app.people, entry), body ? h('q', null, String(body)) : null),
      h('time', { datetime: entry.at, title: exactly(entry.at) }, whenever(entry.at)),
    );
  }
}

/** One commit may have several entries of a kind. @param {Entry} entry */
const keyOf = (entry) => `${entry.seq}:${entry.kind}:${entry.message?.id ?? ''}`;
