// Assigning with the keyboard alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

/** @type {any} */
let maya;
/** @type {any} */
let noor;
const set = stage(async (server) => {
  maya = await server.hire('Maya', 'agent');
  noor = await server.hire('Noor', 'agent');
  await server.hire('Vera', 'viewer');
  for (let number = 0; number < 3; number += 1) {
    const { id } = await server.converse();
    await server.must('PUT', `conversations/${id}/assignee`, { assignee: noor.id });
  }
});

/** @returns {Promise<[import('../support/browser.js').Person, any]>} */
async function atConversation() {
  const conversation = await set.server.converse();
  const person = await set.enter({ email: maya.email, path: '/?filter=unassigned' });
  await person.see(person.row(conversation.id));
  await person.moveTo(conversation.id);
  return [person, conversation];
}

test('b10_the_picker_has_oneself_first_nobody_last_and_how_much_everyone_has', async () => {
  const [person] = await atConversation();
  await person.press('a');
  await person.see('.picker [role=option]');
  await person.page.waitForFunction(() => document.querySelectorAll('.picker [role=option]').length >= 4);
  const names = await person.page.$$eval('.picker [role=option]', (options) => options.map((option) => /** @type {HTMLElement} */ (option).innerText.replaceAll('\n', ' ')));
  assert.match(names[0], /^M.*Maya \(you\)/);
  assert.match(names.at(-1), /Unassigned/);
  assert.ok(names.some((name) => /Noor.*3 open/.test(name)), names.join(' / '));
  assert.ok(!names.some((name) => /Vera/.test(name)), 'a viewer is not in the picker');
  await person.press('Escape');
  await person.gone('dialog');
  assert.equal(await person.page.evaluate(() => document.activeElement?.matches('[data-row]')), true, 'the focus is back on the row');
  await person.leave();
});

test('b03_typing_a_name_and_enter_assigns', async () => {
  const [person, { id }] = await atConversation();
  await person.press('a');
  await person.see('.picker [data-option]');
  await person.type('noo');
  await person.page.waitForFunction(() => document.querySelectorAll('.picker [role=option]').length === 1);
  await person.press('Enter');
  await person.reads('.toast strong', 'Assigned to Noor');
  const { body } = await set.server.ask('GET', `conversations/${id}`);
  assert.equal(body.assignee.id, noor.id);
  await person.leave();
});

test('b06_one_key_unassigns_and_the_arrow_keys_reach_unassigned_too', async () => {
  const { id } = await set.server.converse();
  await set.server.must('PUT', `conversations/${id}/assignee`, { assignee: maya.id });
  const person = await set.enter({ email: maya.email, path: '/?filter=mine' });
  await person.see(person.row(id));
  await person.moveTo(id);
  await person.press('u');
  await person.reads('.toast strong', 'Now nobody’s');
  await person.press('z');
  await person.page.waitForFunction(() => [...document.querySelectorAll('.toast strong')].some((text) => /^Undone/.test(text.textContent)));
  await person.press('a');
  await person.see('.picker [data-option="nobody"]');
  await person.press('ArrowUp');
  await person.page.waitForSelector('.picker [data-option="nobody"][aria-selected="true"]');
  await person.press('Enter');
  await person.gone('dialog');
  await person.page.waitForFunction(() => [...document.querySelectorAll('.toast strong')].some((text) => text.textContent === 'Now nobody’s'));
  const { body } = await set.server.ask('GET', `conversations/${id}`);
  assert.equal(body.assignee, null);
  await person.leave();
});

test('b60_a_reassign_carries_a_note_that_mentions_somebody', async () => {
  const [person, { id }] = await atConversation();
  await person.press('a');
  await person.see('.picker [data-option]');
  await person.page.click('.picker-foot button');
  await person.type('Please look, @no');
  await person.see('.mentions [role=option]');
  await person.press('Enter');
  await person.type('it is urgent');
  await person.press('Shift+Tab');
  await person.type('noor');
  await person.page.waitForFunction(() => document.querySelectorAll('.picker .listbox [role=option]').length === 1);
  await person.press('Enter');
  await person.reads('.toast strong', 'Assigned to Noor');
  const { body: { items } } = await set.server.ask('GET', `conversations/${id}/messages`);
  assert.equal(items.at(-1).kind, 'note');
  assert.equal(items.at(-1).body, 'Please look, @Noor it is urgent');
  assert.deepEqual(items.at(-1).mentions, [noor.id]);
  await person.leave();
});

test('an open picker survives what happens around it', async () => {
  const [person, { id }] = await atConversation();
  await person.press('a');
  await person.see('.picker [data-option]');
  await person.type('no');
  for (let number = 0; number < 3; number += 1) await set.server.converse();
  await set.server.must('POST', `conversations/${id}/messages`, { kind: 'customer', body: 'Hello again' });
  await person.reads(`.row[data-id="${id}"] .row-preview`, 'Hello again');
  assert.equal(await person.page.$eval('.picker input', (/** @type {any} */ input) => input.value), 'no');
  assert.equal(await person.page.evaluate(() => document.activeElement?.matches('.listbox-input')), true);
  await person.press('Escape');
  await person.leave();
});

test('the palette finds conversations, people and actions', async () => {
  const [person, { number, subject }] = await atConversation();
  await person.press('Control+k');
  await person.see('.palette [role=option]');
  await person.type(`#${number}`);
  await person.page.waitForFunction(() => /Conversations/.test(document.querySelector('.palette').textContent));
  await person.press('Enter');
  await person.reads('.conversation-head h2', subject);
  await person.press('Control+k');
  await person.type('noor');
  await person.page.waitForFunction(() => /People/.test(document.querySelector('.palette')?.textContent));
  await person.page.$eval('.palette input', (/** @type {any} */ input) => { input.value = ''; });
  await person.type('go to closed');
  await person.page.waitForFunction(() => document.querySelectorAll('.palette [role=option]').length === 1);
  await person.press('Enter');
  await person.reads('.list-head h1', 'Closed');
  await person.press('?');
  await person.reads('.help', /Claim: assign to me if it is nobody’s/);
  await person.press('Escape');
  await person.leave();
});
