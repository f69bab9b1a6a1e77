// One's own name, password, time zone and Slack account.

import { h } from '../core/dom.js';
import { card, field, form, page } from './parts.js';

/** @param {import('../app.js').App} app */
export function profilePage(app) {
  const { me } = app.session;
  const name = h('input', { type: 'text', value: me.name, required: true, maxlength: '200', autocomplete: 'name' });
  const zones = Intl.supportedValuesOf?.('timeZone') ?? [];
  const zone = h('input', { type: 'text', value: me.time_zone ?? '', list: 'time-zones', placeholder: app.session.workspace.time_zone });
  const slack = h('input', { type: 'text', value: me.slack_user_id ?? '', placeholder: 'U012AB3CD' });
  const password = h('input', { type: 'password', autocomplete: 'new-password' });
  const save = async (/** @type {any} */ change) => {
    await app.api.patch('me', change);
    await app.session.refresh();
    app.toasts.show({ text: 'Saved' });
  };
  return page('Profile', `${me.email}, ${me.role} of ${app.session.workspace.name}`,
    card(null, form('Save', [
      field('Name', name),
      field('Time zone', h('div', null, zone, h('datalist', { id: 'time-zones' }, ...zones.map((/** @type {string} */ one) => h('option', { value: one })))), 'Daily summaries come at 08:00 there.'),
      field('Slack user id', slack, 'Direct messages go there, once switched on under Notifications.'),
    ], () => save({ name: name.value.trim(), time_zone: zone.value.trim() || null, slack_user_id: slack.value.trim() || null }))),
    card('Password', form('Change password', [field('New password', password, 'At least 8 characters.')], async () => {
      await save({ password: password.value });
      password.value = '';
    })));
}
