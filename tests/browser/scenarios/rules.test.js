// Routing rules: written, ordered, tried and saved.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

/** @type {any} */
let ada;
/** @type {any} */
let maya;
const set = stage(async (server) => {
  ada = await server.hire('Ada', 'admin');
  maya = await server.hire('Maya', 'agent');
  for (let number = 0; number < 4; number += 1) await server.converse({ channel: number % 2 ? 'email' : 'chat' });
});

const rules = async () => (await set.server.must('GET', 'routing/rules')).items;

/** @param {import('../support/browser.js').Person} person @param {string} label @param {string} value */
async function choose(person, label, value) {
  await person.page.select(`.rule-edit select[aria-label="${label}"]`, value);
}

/** The field with a label. @param {import('../support/browser.js').Person} person @param {string} label @param {string} text */
async function write(person, label, text) {
  const field = await person.page.waitForSelector(`::-p-xpath(//div[contains(@class,"rule-edit")]//label[text()="${label}"]/following-sibling::input)`);
  await field.click({ count: 3 });
  await field.type(text);
}

test('x04_a_rule_is_written_tried_and_saved_and_then_routes', async () => {
  const person = await set.enter({ email: ada.email, path: '/settings/rules' });
  await person.reads('.settings-page h1', 'Routing rules');
  await person.page.click('.rules-foot button');
  await write(person, 'Name', 'Chats to Maya');
  await choose(person, 'When', 'channel_is');
  await choose(person, 'Channel', 'chat');
  await choose(person, 'Then', 'assign_user');
  await choose(person, 'Person', maya.id);
  await person.reads('.rule-text', /If the channel is chat, assign Maya\./);
  const before = (await set.server.must('GET', 'conversations/counts')).mine;
  await person.page.click('::-p-xpath(//button[contains(., "Simulate")])');
  await person.reads(`.spread [data-user="${maya.id}"] .spread-count`, '2');
  await person.reads('.spread .nobody .spread-count', '2');
  await person.reads('.forecast', /2 go elsewhere than by the rules in force/);
  assert.deepEqual(await rules(), [], 'trying changes nothing');
  assert.equal((await set.server.must('GET', 'conversations/counts')).mine, before);
  await person.page.click('.rules-foot .primary');
  await person.reads('.toast strong', 'The rules are saved');
  assert.equal((await rules()).length, 1);
  const { assignee } = await set.server.converse({ channel: 'chat' });
  assert.equal(assignee.id, maya.id);
  await person.leave();
});

test('x09_a_rule_that_could_not_work_is_refused_where_it_stands_and_one_that_is_never_reached_is_warned_about', async () => {
  await set.server.ask('PUT', 'routing/rules', { items: [] }, undefined, { 'if-match': '*' });
  const person = await set.enter({ email: ada.email, path: '/settings/rules' });
  await person.reads('.settings-page h1', 'Routing rules');
  await person.page.click('.rules-foot button');
  await write(person, 'Name', 'Empty');
  await person.page.click('.rules-foot .primary');
  await person.see('.rule.has-problem .form-problem');
  assert.deepEqual(await rules(), []);
  await person.press('Enter');
  await person.page.waitForFunction(() => document.querySelector('.rule-edit') || document.querySelector('[aria-expanded="false"]'));
  if (!(await person.count('.rule-edit'))) await person.page.click('.rule [aria-expanded="false"]');
  await choose(person, 'When', 'first_message');
  await person.page.click('.rules-foot button');
  await write(person, 'Name', 'The same again');
  await choose(person, 'When', 'first_message');
  await person.page.click('.rules-foot .primary');
  await person.reads('.toast strong', 'The rules are saved');
  await person.reads('.rule:last-child [data-warning="never_reached"]', /never reached/);
  await person.leave();
});

test('b42_rules_change_places_by_the_arrow_keys', async () => {
  const rule = (/** @type {string} */ name) => ({ name, enabled: true, when: { condition: 'subject_contains', value: name }, then: { action: 'add_tag', tag: name } });
  await set.server.ask('PUT', 'routing/rules', { items: [rule('one'), rule('two'), rule('three')] }, undefined, { 'if-match': '*' });
  const person = await set.enter({ email: ada.email, path: '/settings/rules' });
  await person.see('.rule');
  await person.page.focus('[data-move="2"]');
  await person.press('ArrowUp', 'ArrowUp');
  assert.equal(await person.page.evaluate(() => document.activeElement?.getAttribute('data-move')), '0');
  await person.page.click('.rules-foot .primary');
  await person.reads('.toast strong', 'The rules are saved');
  assert.deepEqual((await rules()).map((/** @type {any} */ one) => one.name), ['three', 'one', 'two']);
  await person.leave();
});

test('rules that somebody else changed meanwhile are not overwritten silently', async () => {
  const rule = (/** @type {string} */ name) => ({ name, enabled: true, when: { condition: 'subject_contains', value: name }, then: { action: 'add_tag', tag: name } });
  await set.server.ask('PUT', 'routing/rules', { items: [rule('mine')] }, undefined, { 'if-match': '*' });
  const person = await set.enter({ email: ada.email, path: '/settings/rules' });
  await person.see('.rule');
  await set.server.ask('PUT', 'routing/rules', { items: [rule('theirs')] }, undefined, { 'if-match': '*' });
  await person.page.click('.rule .switch');
  await person.page.click('.rules-foot .primary');
  await person.reads('[role=alert]', /Somebody else changed the rules meanwhile/);
  assert.deepEqual((await rules()).map((/** @type {any} */ one) => one.name), ['theirs']);
  await person.page.click('::-p-xpath(//button[text()="Show theirs"])');
  await person.reads('.rule-text b', 'theirs');
  await person.leave();
});
