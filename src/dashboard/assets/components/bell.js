// The panel of notifications.

import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { openDialog } from './dialog.js';

/** @type {Record<string, string>} */
const PICTURES = { assignment: 'mine', mention: 'mention', conversation_reply: 'reply', new_unassigned: 'nobody', ai_auto_sent: 'spark' };
/** @type {Record<string, string>} */
const TITLES = {
  assignment: 'assigned a conversation to you',
  mention: 'mentioned you',
  conversation_reply: 'replied to your conversation',
  new_unassigned: 'A new conversation belongs to nobody',
  ai_auto_sent: 'The AI replied in your conversation',
};

/** @typedef {import('../store/notifications.js').Notification} Notification */

/** @param {import('../app.js').App} app @param {HTMLElement} _bell */
export function openNotifications(app, _bell) {
  const list = h('ul.notification-list', { 'aria-label': 'Notifications' });
  const note = h('p.empty-note', { role: 'status' }, 'Reading…');
  const onlyUnread = h('input', { type: 'checkbox', onchange: read });
  const content = h(
    'div.dialog-body', null,
    h('div.panel-tools', null, h('label.check', null, onlyUnread, 'Only unread'), h('span.spacer'),
      h('button.quiet', { type: 'button', onclick: readAll }, icon('check'), 'Mark all as read'),
      h('a.quiet.button', { href: '/settings/notifications', 'data-route': true, onclick: () => dialog.close() }, 'Preferences')),
    note, list,
  );
  const stop = app.notifications.on('arrived', read);
  const dialog = openDialog({ title: 'Notifications', content, kind: 'side-panel', onclose: stop });

  async function read() {
    try {
      const { items } = await app.notifications.list(onlyUnread.checked);
      note.textContent = items.length ? '' : 'Nothing here. When somebody assigns you a conversation or mentions you, it shows up at once.';
      note.hidden = items.length > 0;
      fill(list, ...items.map(entry));
    } catch (error) {
      note.hidden = false;
      note.textContent = error.status === 404 ? 'This server has no notifications.' : error.message;
    }
  }

  async function readAll() {
    await app.notifications.readAll();
    await read();
  }

  /** @param {Notification} notification */
  function entry(notification) {
    const isRead = notification.read ?? Boolean(notification.read_at);
    const about = notification.conversation;
    const title = notification.title ?? `${notification.actor?.name ?? ''} ${TITLES[notification.kind] ?? notification.kind}`.trim();
    const open = () => {
      if (!isRead) app.notifications.read(notification).catch(() => {});
      dialog.close();
      app.openConversation(notification.conversation_id ?? about?.id);
    };
    return h(
      'li', { class: isRead ? '' : 'is-unread' },
      h('button.notification', { type: 'button', onclick: open },
        h('span.notification-kind', { 'data-kind': notification.kind }, icon(PICTURES[notification.kind] ?? 'bell')),
        h('span.notification-text', null,
          h('strong', null, title),
          about ? h('span', null, `#${about.number} ${about.subject}`) : null,
          notification.reason ? h('span.warning-text', null, notification.reason) : null,
          notification.preview ? h('span.faint', null, notification.preview) : null),
        h('ochre-age', { at: notification.created_at ?? notification.at })),
    );
  }

  read();
}
