// Webhooks: where events go, and what became of each delivery.

import { confirmed } from '../components/dialog.js';
import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { exactly } from '../core/time.js';
import { attempt, card, choice, field, form, page, table } from './parts.js';
import { shownOnce } from './tokens.js';

const EVENTS = [
  'conversation.created', 'conversation.assigned', 'conversation.unassigned', 'conversation.taken_over',
  'conversation.status_changed', 'message.created', 'ai.reply_suppressed',
];

/** Why the server itself stopped. @type {Record<string, string>} */
const DISABLED = {
  failing: 'Switched off: nothing arrived there for a day.', backlog: 'Switched off: more waited for it than permitted.',
  gone: 'Switched off: it answered that it is gone for good.', no_secret: 'Switched off: it needs a new secret.',
};

/** @param {import('../app.js').App} app */
export async function webhooksPage(app) {
  const list = h('div.stack');
  const secret = h('div');

  async function draw() {
    const items = await app.api.all('webhooks');
    fill(list, ...items.map((webhook) => webhookCard(app, webhook, draw)), items.length ? null : h('p.muted', null, 'There are none yet.'));
  }

  const url = h('input', { type: 'url', required: true, placeholder: 'https://example.com/hooks/ochre' });
  const events = eventBoxes(EVENTS);
  await draw();
  return page('Webhooks', 'Signed as Standard Webhooks says, repeated for 24 hours, and every delivery can be looked at and sent again.',
    secret,
    card(null, h('details', null, h('summary', null, 'New webhook'), form('Add', [field('Address', url), events.element], async () => {
      const made = await app.api.post('webhooks', { url: url.value.trim(), events: events.value() });
      if (made.secret) fill(secret, shownOnce(app, made));
      url.value = '';
      await draw();
    }))), list);
}

/** @param {string[]} chosen */
function eventBoxes(chosen) {
  const boxes = EVENTS.map((event) => ({ event, box: h('input', { type: 'checkbox', checked: chosen.includes(event) }) }));
  return {
    element: h('fieldset.members', null, h('legend', null, 'Events'), ...boxes.map(({ event, box }) => h('label.check', null, box, event))),
    value: () => boxes.filter(({ box }) => box.checked).map(({ event }) => event),
  };
}

/** @param {import('../app.js').App} app @param {any} webhook @param {() => Promise<void>} draw */
function webhookCard(app, webhook, draw) {
  const deliveries = h('div');
  const isOn = webhook.enabled ?? webhook.status !== 'disabled';
  const toggle = h('input.switch', { type: 'checkbox', role: 'switch', checked: isOn, 'aria-label': `${webhook.url} is on`,
    onchange: () => attempt(app, async () => { await app.api.patch(`webhooks/${webhook.id}`, { enabled: toggle.checked }); }) });
  const remove = async () => {
    const isSure = await confirmed('Remove this webhook?', 'What waits for it is not delivered any more.', 'Remove');
    if (isSure && await attempt(app, () => app.api.delete(`webhooks/${webhook.id}`))) await draw();
  };
  const test = () => attempt(app, async () => {
    await app.api.post(`webhooks/${webhook.id}/test`);
    app.toasts.show({ text: 'A test event is on its way' });
    await showDeliveries(app, webhook.id, '', deliveries);
  });
  return card(null,
    h('header.card-head', null, toggle, h('h2.address', null, webhook.url), h('span.spacer'),
      h('button', { type: 'button', onclick: test }, 'Send a test'),
      h('button.quiet', { type: 'button', onclick: () => showDeliveries(app, webhook.id, 'failed', deliveries) }, icon('clock'), 'Deliveries'),
      h('button.danger.quiet', { type: 'button', onclick: remove }, 'Remove')),
    h('ul.tags', null, ...(webhook.events ?? []).map((/** @type {string} */ event) => h('li.tag', null, event))),
    webhook.disabled ? h('p.warning-text', null, `${DISABLED[webhook.disabled.reason] ?? webhook.disabled.reason} (${exactly(webhook.disabled.at)})`) : null, deliveries);
}

/** @param {import('../app.js').App} app @param {string} id @param {string} status @param {HTMLElement} element */
async function showDeliveries(app, id, status, element) {
  await attempt(app, async () => {
    const { items } = await app.api.get(`webhooks/${id}/deliveries?limit=50${status ? `&status=${status}` : ''}`);
    const filter = choice('Which deliveries', [['failed', 'Failed'], ['', 'All']], status, (value) => showDeliveries(app, id, value, element));
    const again = (/** @type {any} */ delivery) => attempt(app, async () => {
      await app.api.post(`webhooks/${id}/deliveries/${delivery.id}/replay`);
      app.toasts.show({ text: 'Sent again' });
      await showDeliveries(app, id, status, element);
    });
    fill(element, h('div.toolbar', null, h('h3', null, 'Deliveries'), filter),
      items.length ? table(['Event', 'Outcome', 'Attempts', 'When', ''], items.map((/** @type {any} */ one) => delivery(one, again)))
        : h('p.muted', null, status ? 'None failed.' : 'None yet.'));
  });
}

/** @param {any} one @param {(delivery: any) => void} again */
function delivery(one, again) {
  const answer = one.response_status ? ` ${one.response_status}` : '';
  const next = one.next_attempt_at ? h('p.faint.small', null, `next try ${exactly(one.next_attempt_at)}`) : null;
  const took = one.latency_ms === null || one.latency_ms === undefined ? null : h('span.faint', null, ` ${one.latency_ms} ms`);
  return h('tr', null,
    h('td', null, h('details', null, h('summary', null, one.event), h('pre.preview', { tabindex: '0' }, JSON.stringify(one.preview ?? {}, null, 2)))),
    h('td', null, h('span.chip', { class: one.status }, `${one.status}${answer}`), took, one.error ? h('p.faint.small', null, one.error) : null, next),
    h('td', null, String(one.attempt ?? '')), h('td', null, exactly(one.attempted_at ?? one.created_at)),
    h('td.end', null, h('button', { type: 'button', onclick: () => again(one) }, 'Send again')));
}
