// Changes of status, priority and tags, messages and notes.

import { sentenceOf, titleOf } from './assign.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */

export class Editing {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {Conversation} conversation @param {{status?: string, priority?: string, tags?: string[]}} change */
  async edit(conversation, change) {
    const { app } = this;
    app.overlay.expect(conversation.id, change);
    app.emit('overlay');
    try {
      app.overlay.confirm(await app.api.patch(`conversations/${conversation.id}`, change));
      app.emit('overlay');
      return true;
    } catch (error) {
      app.overlay.refuse(conversation.id);
      app.emit('overlay');
      app.toasts.show({ text: sentenceOf(error), detail: titleOf(conversation), isProblem: true });
      return false;
    }
  }

  /** @param {Conversation} conversation */
  async toggleClosed(conversation) {
    const status = conversation.status === 'closed' ? 'open' : 'closed';
    if (!(await this.edit(conversation, { status }))) return;
    this.app.toasts.show({
      text: status === 'closed' ? 'Closed' : 'Open again',
      detail: titleOf(conversation),
      actions: [{ name: 'Undo', key: 'Z', run: () => this.edit({ ...conversation, status }, { status: conversation.status }) }],
      lasts: 10_000,
    });
  }

  /**
   * @param {Conversation} conversation
   * @param {'agent'|'note'} kind
   * @param {string} body
   * @param {string[]} mentions
   * @param {string} key so that sending the same text again after a broken line sends it once
   */
  send(conversation, kind, body, mentions, key) {
    const path = `conversations/${conversation.id}/${kind === 'note' ? 'notes' : 'messages'}`;
    return this.app.api.post(path, kind === 'note' ? { body, mentions } : { kind, body }, { key });
  }
}
