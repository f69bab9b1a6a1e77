// Teams, whose turn is next in each, and the ledger of the turns that were spent.

import { avatar } from '../components/avatar.js';
import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { Router } from '../core/router.js';
import { exactly } from '../core/time.js';
import { passedOver } from '../conversation/words.js';
import { attempt, card, field, form, page } from './parts.js';

/** @param {import('../app.js').App} app */
export async function teamsPage(app) {
  const list = h('div.stack');
  const mayChange = app.session.mayAdminister;

  async function draw() {
    const { items } = await app.api.get('teams');
    fill(list, ...items.map((/** @type {any} */ team) => teamCard(app, team, draw)));
  }

  await draw();
  return page('Teams and rotation', 'A rule with round-robin gives each conversation to whoever was served least recently. Nobody can be skipped in secret: the ledger shows every turn.',
    mayChange ? addForm(app, draw) : null, list);
}

/** @param {import('../app.js').App} app @param {() => Promise<void>} draw */
function addForm(app, draw) {
  const name = h('input', { type: 'text', required: true, maxlength: '200' });
  const members = chooser(app, []);
  return card(null, h('details', null, h('summary', null, 'New team'), form('Make the team', [field('Name', name), members.element], async () => {
    await app.api.post('teams', { name: name.value.trim(), members: members.value() });
    name.value = '';
    await draw();
  })));
}

/** @param {import('../app.js').App} app @param {string[]} chosen */
function chooser(app, chosen) {
  const boxes = app.people.assignable.map((user) => {
    const box = h('input', { type: 'checkbox', value: user.id, checked: chosen.includes(user.id) });
    return { box, element: h('label.check.member', null, box, avatar(user, 'small'), user.name) };
  });
  return {
    element: h('fieldset.members', null, h('legend', null, 'Members'), ...boxes.map(({ element }) => element)),
    value: () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value),
  };
}

/** @param {import('../app.js').App} app @param {any} team @param {() => Promise<void>} draw */
function teamCard(app, team, draw) {
  const isDefault = team.id === 'default' || team.id === 'team_default';
  const rotation = h('ol.rotation', { 'aria-label': `Next turns of ${team.name}` });
  const ledger = h('div.ledger');
  const ids = (team.members ?? []).map((/** @type {any} */ member) => (typeof member === 'string' ? member : member.id));
  const edit = h('div');

  app.api.get(`teams/${team.id}/rotation`).then(({ turn, items }) => fill(rotation, ...items.map((/** @type {any} */ item, /** @type {number} */ index) => turnOf(app, item, index, turn))),
    (error) => fill(rotation, h('li', null, error.message)));

  function change() {
    const members = chooser(app, ids);
    const name = h('input', { type: 'text', value: team.name, required: true });
    fill(edit, form('Save', [field('Name', name), members.element], async () => {
      await app.api.patch(`teams/${team.id}`, { name: name.value.trim(), members: members.value() });
      await draw();
    }));
    name.focus();
  }

  return card(null,
    h('header.card-head', null, h('h2', null, isDefault ? 'Everybody' : team.name), h('span.faint', null, isDefault ? 'whoever may be assigned' : `${ids.length} members`), h('span.spacer'),
      app.session.mayAdminister && !isDefault ? h('button', { type: 'button', onclick: change }, 'Change') : null,
      h('button.quiet', { type: 'button', onclick: () => readLedger(app, team.id, ledger) }, icon('clock'), 'Ledger')),
    edit, h('h3', null, 'Next turns'), rotation, ledger);
}

/** @param {import('../app.js').App} app @param {any} item @param {number} index @param {number} turn */
function turnOf(app, item, index, turn) {
  const id = item.user?.id ?? item.user;
  const name = app.people.nameOf(id);
  const last = item.last_turn ? `last turn ${item.last_turn}${turn ? ` of ${turn}` : ''}` : 'no turn yet';
  return h('li', { class: item.eligible ? '' : 'is-off' }, h('span.place', { 'aria-hidden': 'true' }, String(index + 1)), avatar({ id, name }, 'small'),
    h('strong', null, name), h('span.faint', null, item.eligible ? last : passedOver(item.reason)));
}

/** @param {import('../app.js').App} app @param {string} team @param {HTMLElement} ledger */
async function readLedger(app, team, ledger) {
  await attempt(app, async () => {
    const [{ items }, rules] = await Promise.all([app.api.get(`teams/${team}/turns?limit=50`), app.api.get('routing/rules')]);
    /** @type {Map<string, string>} */
    const names = new Map(rules.items.map((/** @type {any} */ rule) => [rule.id, rule.name]));
    fill(ledger, h('h3', null, 'Ledger, newest first'), items.length ? null : h('p.muted', null, 'No turn was spent yet.'),
      h('ol.turns', { tabindex: '0', 'aria-label': 'Ledger' }, ...items.map((/** @type {any} */ turn) => {
        const name = app.people.nameOf(turn.user?.id ?? turn.user);
        const skipped = (turn.skipped ?? []).map((/** @type {any} */ one) => `${app.people.nameOf(one.user?.id ?? one.user)} ${passedOver(one.reason)}`).join(', ');
        return h('li', null, h('span.place', null, String(turn.turn)), h('strong', null, name),
          h('a', { href: Router.inbox(turn.conversation_id, 'all'), 'data-route': true }, 'conversation'),
          h('span.faint', null, `by “${names.get(turn.rule) ?? 'a rule of then'}” · ${exactly(turn.at)}`), skipped ? h('span.warning-text.small', null, `skipped: ${skipped}`) : null);
      })));
  });
}
