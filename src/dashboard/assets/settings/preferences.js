// How one wants to be told of what: a grid of kinds and channels.

import { h } from '../core/dom.js';
import { attempt, card, choice, page, table } from './parts.js';

const KINDS = [
  ['assignment', 'Assigned to you', 'Somebody, a rule or a bulk change gave you a conversation.'],
  ['mention', 'Mentioned', 'A note has your name in it.'],
  ['conversation_reply', 'Customer replied', 'A customer wrote in a conversation of yours.'],
  ['new_unassigned', 'New and nobody’s', 'A conversation came in that no rule could assign. For owners and admins.'],
  ['ai_auto_sent', 'AI replied', 'The AI sent a reply in a conversation of yours.'],
];
const CHANNELS = [['in_app', 'In the app'], ['email', 'Email'], ['slack', 'Slack']];
const CADENCES = /** @type {[string, string][]} */ ([['instant', 'At once'], ['hourly', 'Every hour'], ['daily', 'Every day at 08:00']]);

/** @param {import('../app.js').App} app */
export async function preferencesPage(app) {
  const preferences = await app.api.get('me/notification-preferences');
  const change = (/** @type {string} */ kind, /** @type {any} */ part) => attempt(app, async () => {
    const wanted = { ...preferences[kind], ...part };
    await app.api.put('me/notification-preferences', { [kind]: wanted });
    preferences[kind] = wanted;
    app.toasts.show({ text: 'Saved' });
  });
  const rows = KINDS.filter(([kind]) => preferences[kind]).map(([kind, name, meaning]) => h(
    'tr', null, h('th', { scope: 'row' }, h('strong', null, name), h('p.faint.small', null, meaning)),
    ...CHANNELS.map(([channel, label]) => {
      const box = h('input.switch', {
        type: 'checkbox', role: 'switch', checked: preferences[kind][channel], 'aria-label': `${name}: ${label}`,
        async onchange() {
          if (!(await change(kind, { [channel]: box.checked }))) box.checked = !box.checked;
        },
      });
      return h('td.centred', null, box);
    }),
    h('td', null, choice(`${name}: how often by email and Slack`, CADENCES, preferences[kind].cadence, (cadence) => change(kind, { cadence }))),
  ));
  const slack = app.session.me.slack_user_id ? null
    : h('p.muted', null, 'Slack needs your user id first: it is under ', h('a', { href: '/settings/profile', 'data-route': true }, 'Profile'), '.');
  return page('Notifications', 'In the app you are told at once. Email and Slack can wait and come together.',
    card(null, table(['What', ...CHANNELS.map(([, label]) => label), 'How often'], rows)), slack);
}
