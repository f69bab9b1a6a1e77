// Everything by its name: conversations, people, actions.

import { h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { FILTERS, Router } from '../core/router.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { openHelp } from './help.js';
import { Listbox, fits } from './listbox.js';
import { openPicker } from './picker.js';

const EACH_MOST = 6;

/** @param {import('../app.js').App} app */
export function openPalette(app) {
  /** More than what the lists hold, read once for each opening. @type {import('../core/types.js').Conversation[]} */
  let read = [];
  const atHand = app.atHand();
  const box = new Listbox({
    label: 'Find anything', placeholder: 'Find a conversation, a person, an action…',
    onquery: (query) => [...actions(query), ...people(query), ...conversations(query)],
  });
  const dialog = openDialog({ title: 'Find anything', content: h('div.palette', null, box.element), kind: 'palette-dialog', isBare: true });
  const go = (/** @type {() => void} */ run) => () => {
    dialog.close();
    run();
  };

  /** @param {string} query */
  function conversations(query) {
    const all = new Map([...app.heldConversations(), ...read].map((one) => [one.id, one]));
    const matching = [...all.values()].filter((one) => fits(
      `${one.number} ${one.subject} ${one.customer.name} ${one.customer.email} ${one.tags.join(' ')}`, query));
    return matching.slice(0, EACH_MOST * 2).map((one) => ({
      id: one.id, label: one.subject, group: 'Conversations',
      render: () => [icon(one.channel), h('span.option-name', null, one.subject, h('span.faint', null, ` · ${one.customer.name}`)), h('span.option-count', null, `#${one.number}`)],
      run: go(() => app.openConversation(one.id)),
    }));
  }

  /** @param {string} query */
  function people(query) {
    if (!query) return [];
    const matching = app.people.active.filter(({ name, email }) => fits(`${name} ${email}`, query)).slice(0, EACH_MOST);
    return matching.flatMap((person) => {
      const canAssign = app.session.mayAct && person.role !== 'viewer' && atHand.length === 1;
      const assign = canAssign ? [option(`assign-${person.id}`, `Assign #${atHand[0].number} to ${person.name}`, 'People',
        () => [avatar(person, 'small'), h('span.option-name', null, `Assign #${atHand[0].number} to ${person.name}`)],
        () => app.assigning.assign(atHand[0], person))] : [];
      return [...assign, option(`see-${person.id}`, person.name, 'People',
        () => [avatar(person, 'small'), h('span.option-name', null, person.name), h('span.option-count', null, person.role)],
        () => app.router.go(`/settings/people?find=${encodeURIComponent(person.name)}`))];
    });
  }

  /** @param {string} query */
  function actions(query) {
    return available().filter(({ label }) => fits(label, query)).slice(0, query ? EACH_MOST : EACH_MOST + 4);
  }

  function available() {
    const { session } = app;
    const [one] = atHand;
    const acts = one && session.mayAct && atHand.length === 1 ? [
      plain('Assign…', 'mine', 'A', () => openPicker(app, [one])),
      plain('Claim it', 'hand', 'M', () => app.assigning.claim(one)),
      plain('Unassign it', 'nobody', 'U', () => app.assigning.assign(one, null)),
      ...(one.ai.handling ? [plain('Take over from the AI', 'hand', 'T', () => app.assigning.takeOver(one))] : []),
      plain(one.status === 'closed' ? 'Open it again' : 'Close it', 'closed', 'E', () => app.editing.toggleClosed(one)),
    ] : [];
    const places = FILTERS.map(({ key, name, icon: picture }, index) => plain(`Go to ${name}`, picture, String(index + 1), () => app.router.go(Router.inbox(null, key))));
    const settings = [['profile', 'Profile', 'mine'], ['notifications', 'Notification preferences', 'bell'], ['people', 'People', 'people'], ['tokens', 'Tokens', 'key'],
      ...(session.mayAdminister ? [['teams', 'Teams', 'team'], ['rules', 'Routing rules', 'rules'], ['autopilot', 'Autopilot', 'spark'], ['webhooks', 'Webhooks', 'hook']] : [])]
      .map(([page, name, picture]) => plain(`Settings: ${name}`, picture, '', () => app.router.go(`/settings/${page}`)));
    return [...acts, ...places, ...settings,
      plain('Open the wall', 'wall', '', () => app.router.go('/wall')),
      plain('Show all keys', 'help', '?', () => openHelp(app)),
      plain('Sign out', 'out', '', () => session.signOut())];
  }

  /** @param {string} label @param {string} picture @param {string} key @param {() => void} run */
  function plain(label, picture, key, run) {
    return option(label, label, 'Actions', () => [icon(picture), h('span.option-name', null, label), key && h('kbd', null, key.toLowerCase())], run);
  }

  /** @param {string} id @param {string} label @param {string} group @param {() => any} render @param {() => void} run */
  function option(id, label, group, render, run) {
    return { id, label, group, render, run: go(run) };
  }

  box.query();
  app.api.all('conversations?filter=all', 400).then((items) => {
    read = items;
    if (box.input.value) box.query();
  }, () => {});
}
