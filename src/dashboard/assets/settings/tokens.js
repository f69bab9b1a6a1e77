// Tokens: for oneself, and for services that bring conversations in or let an AI answer.

import { confirmed } from '../components/dialog.js';
import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { exactly } from '../core/time.js';
import { attempt, card, choice, field, form, page, table } from './parts.js';

const SCOPES = [['inbound', 'bring conversations in'], ['ai', 'offer AI replies'], ['read', 'read everything']];

/** @param {import('../app.js').App} app */
export async function tokensPage(app) {
  const list = h('div');
  const secret = h('div');

  async function draw() {
    const items = await app.api.all('tokens');
    fill(list, items.length ? table(['Token', 'For', 'Made', ''], items.map(row)) : h('p.muted', null, 'There are none.'));
  }

  /** @param {any} token */
  function row(token) {
    const holder = token.kind === 'service' ? `service: ${(token.scopes ?? []).join(', ')}` : app.people.nameOf(token.user);
    return h('tr', null, h('td', null, h('strong', null, token.name)), h('td', null, holder), h('td', null, exactly(token.created_at)),
      h('td.end', null, h('button.danger.quiet', { type: 'button', 'aria-label': `Revoke ${token.name}`, async onclick() {
        const isSure = await confirmed(`Revoke “${token.name}”?`, 'Whoever uses it is refused at once.', 'Revoke');
        if (isSure && await attempt(app, () => app.api.delete(`tokens/${token.id}`))) await draw();
      } }, 'Revoke')));
  }

  await draw();
  return page('Tokens', 'A token speaks for a person or a service. It is shown once and kept as a hash.',
    secret, card('New token', newToken(app, async (made) => {
      fill(secret, shownOnce(app, made));
      await draw();
    })), card(null, list));
}

/** @param {import('../app.js').App} app @param {(made: any) => Promise<void>} onmade */
function newToken(app, onmade) {
  const name = h('input', { type: 'text', required: true, maxlength: '200', placeholder: 'What is it for?' });
  const kinds = /** @type {[string, string][]} */ ([['user', 'For me'], ...(app.session.mayAdminister ? [['service', 'For a service']] : [])]);
  const boxes = SCOPES.map(([scope, meaning]) => ({ scope, box: h('input', { type: 'checkbox' }), meaning }));
  const scopes = h('fieldset.members', { hidden: true }, h('legend', null, 'It may'), ...boxes.map(({ box, meaning }) => h('label.check', null, box, meaning)));
  const kind = choice('Kind', kinds, 'user', (value) => { scopes.hidden = value !== 'service'; });
  return form('Make the token', [h('div.columns', null, field('Name', name), field('Kind', kind)), scopes], async () => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ scope }) => scope);
    const body = { name: name.value.trim(), kind: kind.value, ...(kind.value === 'service' ? { scopes: chosen } : {}) };
    await onmade(await app.api.post('tokens', body));
    name.value = '';
  });
}

/** @param {import('../app.js').App} app @param {{token?: string, secret?: string, name?: string}} made */
export function shownOnce(app, made) {
  const value = made.token ?? made.secret;
  const text = h('input.secret', { type: 'text', readonly: true, value, 'aria-label': 'The secret', onfocus: () => text.select() });
  const copy = async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(value);
      app.toasts.show({ text: 'Copied' });
    } catch {
      app.toasts.show({ text: 'Press Ctrl C to copy.' });
    }
  };
  return h('section.card.is-secret', { role: 'status' }, h('h2', null, icon('key'), 'Copy it now: it is never shown again'),
    h('div.toolbar', null, text, h('button', { type: 'button', onclick: copy }, 'Copy')));
}
