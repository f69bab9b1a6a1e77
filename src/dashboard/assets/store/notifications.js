// Notifications: how many are unread, and those that came while the page was open.

import { Emitter } from '../core/dom.js';

/** @typedef {{id: string, kind: string, created_at?: string, at?: string, read_at?: string|null, read?: boolean, conversation_id?: string, conversation?: any, actor?: any, [member: string]: any}} Notification */

/** What is worth interrupting somebody for; the rest is counted at the bell. */
const LOUD = new Set(['assignment', 'mention']);

/** Tells of `unread` and of `arrived`. */
export class Notifications extends Emitter {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    super();
    this.app = app;
    this.unread = 0;
    app.live.on('welcome', ({ unread }) => this.#count(unread));
    app.live.on('notification', ({ notification, unread }) => {
      this.#count(unread);
      this.emit('arrived', notification);
      if (LOUD.has(notification.kind)) this.#tell(notification);
    });
  }

  /** @param {boolean} onlyUnread @returns {Promise<{items: Notification[], next_cursor: string|null}>} */
  list(onlyUnread) {
    return this.app.api.get(`notifications?limit=50${onlyUnread ? '&unread=true' : ''}`);
  }

  /** @param {Notification} notification */
  async read(notification) {
    await this.app.api.post(`notifications/${notification.id}/read`);
    this.#count(Math.max(0, this.unread - 1));
  }

  async readAll() {
    await this.app.api.post('notifications/read-all');
    this.#count(0);
  }

  /** @param {Notification} notification */
  #tell(notification) {
    const about = notification.conversation;
    this.app.toasts.show({
      text: notification.title ?? 'Something for you',
      detail: about ? `#${about.number} ${about.subject}` : undefined,
      actions: [{ name: 'Look', key: 'L', run: () => this.app.openConversation(notification.conversation_id) }],
    });
  }

  /** @param {number|undefined} unread */
  #count(unread) {
    if (unread === undefined || unread === this.unread) return;
    this.unread = unread;
    this.emit('unread');
  }
}
