// The AI queue: taking over, pausing, and the two numbers of its head.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

/** @type {any} */
let maya;
/** @type {any} */
let sam;
const set = stage(async (server) => {
  maya = await server.hire('Maya', 'agent');
  sam = await server.hire('Sam', 'agent');
  await server.must('PUT', 'autopilot', { enabled: true });
});

test('b51_taking_over_from_the_row_opens_it_and_takes_it_out_of_the_queue', async () => {
  const conversation = await set.server.converse();
  const [person, other] = [await set.enter({ email: maya.email, path: '/?filter=ai_queue' }), await set.enter({ email: sam.email, path: '/?filter=ai_queue' })];
  await person.see(person.row(conversation.id));
  await other.see(other.row(conversation.id));
  const before = Number(await person.text('[data-stat="handling"]'));
  await person.page.hover(person.row(conversation.id));
  await person.page.click(`${person.row(conversation.id)} [data-do="take-over"]`);
  await person.reads('.conversation-head h2', conversation.subject);
  await person.reads('.owner-name', 'Maya');
  await person.reads('.thread', /Maya took over from the AI/);
  await other.gone(other.row(conversation.id));
  await other.reads('[data-stat="handling"]', String(before - 1));
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.ai.handling, false);
  assert.equal(body.assignee.id, maya.id);
  assert.notEqual(body.ai.handoff_at, null);
  await person.leave();
  await other.leave();
});

test('b54_pausing_stays_on_the_page_so_that_several_can_be_swept', async () => {
  const rows = [];
  for (let number = 0; number < 3; number += 1) rows.push((await set.server.converse()).id);
  const person = await set.enter({ email: maya.email, path: '/?filter=ai_queue' });
  await person.see(person.row(rows[2]));
  for (const id of [rows[2], rows[1], rows[0]]) {
    await person.moveTo(id);
    await person.press('p');
    await person.page.waitForFunction((row) => document.querySelector(`.row[data-id="${row}"]`)?.classList.contains('is-gone') ?? true, {}, id);
  }
  assert.equal(new URL(person.page.url()).pathname, '/');
  for (const id of rows) {
    const { body } = await set.server.ask('GET', `conversations/${id}`);
    assert.equal(body.assignee.id, maya.id);
  }
  await person.leave();
});

test('b53_a_second_take_over_is_refused_and_names_who_did', async () => {
  const conversation = await set.server.converse();
  const person = await set.enter({ email: maya.email, path: '/?filter=ai_queue' });
  await person.see(person.row(conversation.id));
  await person.moveTo(conversation.id);
  await person.page.setRequestInterception(true);
  person.page.on('request', async (request) => {
    if (request.url().endsWith('/take-over')) await set.server.must('POST', `conversations/${conversation.id}/take-over`, undefined, sam.token);
    await request.continue();
  });
  await person.press('t');
  await person.reads('.toast strong', /^Sam took this over \d+(\.\d)? s ago$/);
  await person.close();
});
