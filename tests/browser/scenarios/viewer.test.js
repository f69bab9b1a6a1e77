// A viewer reads everything, writes notes, and sees no control that is not theirs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

/** @type {any} */
let vera;
const set = stage(async (server) => {
  vera = await server.hire('Vera', 'viewer');
  await server.must('PUT', 'autopilot', { enabled: true });
});

const CONTROLS = '[data-do="assign"]:not([disabled]), [data-do="claim"], [data-do="take-over"], [data-do="pause"], .row-select:not([hidden]), .conversation-head select, .tag-input:not([hidden]), .tag-remove, [data-kind="agent"].tab';

/** @param {import('../support/browser.js').Person} person */
const offered = (person) => person.page.$$eval(CONTROLS, (elements) => elements
  .filter((element) => /** @type {HTMLElement} */ (element).offsetParent !== null).map((element) => element.outerHTML));

test('b21_a_viewer_is_offered_nothing_that_would_be_refused', async () => {
  const conversation = await set.server.converse({ tags: ['billing'] });
  const person = await set.enter({ email: vera.email, path: `/conversations/${conversation.id}?filter=ai_queue` });
  await person.see('.message');
  await person.see(person.row(conversation.id));
  assert.deepEqual(await offered(person), []);
  await person.moveTo(conversation.id);
  await person.press('a', 'm', 'u', 't', 'p', 'x', 'e', 'r');
  await person.page.mouse.click(600, 10);
  assert.equal(await person.count('dialog, .toast'), 0);
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.version, conversation.version);
  await person.leave();
});

test('b21_a_viewer_leaves_a_note', async () => {
  const { id } = await set.server.converse();
  const person = await set.enter({ email: vera.email, path: `/conversations/${id}?filter=all` });
  await person.see('.message');
  await person.press('n');
  await person.type('I know this customer.');
  await person.press('Control+Enter');
  await person.reads('.thread', /I know this customer\./);
  const { body } = await set.server.ask('GET', `conversations/${id}/messages`);
  assert.equal(body.items.at(-1).author.id, vera.id);
  await person.leave();
});

test('b22_settings_of_the_workspace_are_not_offered_to_a_viewer', async () => {
  const person = await set.enter({ email: vera.email, path: '/settings' });
  await person.see('.settings-nav');
  const pages = await person.page.$$eval('.settings-nav a', (links) => links.map((link) => link.getAttribute('href')));
  for (const page of ['rules', 'autopilot', 'webhooks']) assert.ok(!pages.includes(`/settings/${page}`), page);
  await person.visit('/settings/people');
  await person.reads('.settings-page h1', 'People');
  await person.see('tr[data-user]');
  assert.equal(await person.count('tr[data-user] select, tr[data-user] button'), 0);
  await person.leave();
});
