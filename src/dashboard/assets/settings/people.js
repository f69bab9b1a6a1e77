// Who works here, and what their role lets them do.

import { avatar } from '../components/avatar.js';
import { confirmed } from '../components/dialog.js';
import { fits } from '../components/listbox.js';
import { fill, h } from '../core/dom.js';
import { attempt, card, choice, field, form, page, table } from './parts.js';

const ROLES = ['owner', 'admin', 'agent', 'viewer'];

/** @param {import('../app.js').App} app */
export function peoplePage(app) {
  const list = h('div');
  const asked = new URLSearchParams(location.search).get('find') ?? '';
  const find = h('input', { type: 'search', placeholder: 'Find people', 'aria-label': 'Find people', value: asked, oninput: draw });
  const mayChange = app.session.mayAdminister;

  function draw() {
    const users = [...app.people.byId.values()].filter(({ name, email }) => fits(`${name} ${email}`, find.value));
    users.sort((one, other) => one.status.localeCompare(other.status) || one.name.localeCompare(other.name));
    fill(list, table(['Name', 'Role', 'Status'], users.map(row)));
  }

  /** @param {import('../core/types.js').User} user */
  function row(user) {
    const isActive = user.status === 'active';
    const update = (/** @type {any} */ change) => attempt(app, async () => {
      app.people.take(await app.api.patch(`users/${user.id}`, change));
      app.toasts.show({ text: `Saved: ${user.name}` });
    });
    const role = mayChange ? choice(`Role of ${user.name}`, ROLES, user.role, async (value) => {
      if (!(await update({ role: value }))) draw();
    }) : h('span.chip', null, user.role);
    const status = mayChange ? h('button', {
      type: 'button', class: isActive ? 'danger quiet' : '',
      async onclick() {
        const isSure = !isActive || await confirmed(`Deactivate ${user.name}?`,
          'They are signed out at once and cannot be assigned any more. What they own stays theirs until somebody reassigns it.', 'Deactivate');
        if (isSure) await update({ status: isActive ? 'deactivated' : 'active' });
      },
    }, isActive ? 'Deactivate' : 'Activate') : h('span.muted', null, user.status);
    return h('tr', { class: isActive ? '' : 'is-off', 'data-user': user.id },
      h('td', null, h('span.person', null, avatar(user), h('span', null, h('strong', null, user.name), h('span.faint', null, user.email)))),
      h('td', null, role), h('td', null, status));
  }

  const stop = app.people.on('change', () => (list.isConnected ? draw() : stop()));
  draw();
  return page('People', 'Owners and admins run the workspace, agents own conversations, viewers read and leave notes.',
    mayChange ? addForm(app) : null, card(null, h('div.toolbar', null, find), list));
}

/** @param {import('../app.js').App} app */
function addForm(app) {
  const name = h('input', { type: 'text', required: true, maxlength: '200', autocomplete: 'off' });
  const email = h('input', { type: 'email', required: true, autocomplete: 'off' });
  const role = choice('Role', ROLES, 'agent');
  const password = h('input', { type: 'password', autocomplete: 'new-password' });
  return card(null, h('details', null, h('summary', null, 'Add somebody'), form('Add', [
    h('div.columns', null, field('Name', name), field('Email', email), field('Role', role),
      field('First password', password, 'Without one they sign in with a token only.')),
  ], async () => {
    const body = { name: name.value.trim(), email: email.value.trim(), role: role.value, ...(password.value ? { password: password.value } : {}) };
    app.people.take(await app.api.post('users', body));
    app.toasts.show({ text: `${body.name} is here` });
    for (const input of [name, email, password]) input.value = '';
  })));
}
