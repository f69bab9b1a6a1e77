// Two people and one conversation: one gets it, the other is told who, when and what can be done.

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
});

/** @returns {Promise<import('../support/browser.js').Person[]>} */
async function both() {
  const people = [];
  for (const { email } of [maya, sam]) {
    const person = await set.enter({ email, path: '/?filter=unassigned' });
    await person.isLive();
    people.push(person);
  }
  return people;
}

test('x01_two_people_race_for_a_conversation_and_the_loser_is_told_who_won_and_when', async () => {
  const conversation = await set.server.converse();
  const people = await both();
  for (const person of people) {
    await person.see(person.row(conversation.id));
    await person.moveTo(conversation.id);
  }
  await Promise.all(people.map((person) => person.press('m')));
  await Promise.all(people.map((person) => person.see('.toast')));
  const said = await Promise.all(people.map((person) => person.text('.toast strong')));
  const winner = said.findIndex((text) => text === 'It’s yours');
  const loser = 1 - winner;
  assert.notEqual(winner, -1, said.join(' / '));
  const name = ['Maya', 'Sam'][winner];
  assert.match(said[loser], new RegExp(`^${name} took this \\d+(\\.\\d)? s ago$`));
  // The loser's screen shows the truth, not what they hoped for.
  const owner = [maya, sam][winner].id;
  await people[loser].page.waitForFunction((id, who) => document.querySelector(`.row[data-id="${id}"]`)?.getAttribute('data-owner') !== who,
    {}, conversation.id, [maya, sam][loser].id);
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.assignee.id, owner);

  await people[loser].press('l');
  await people[loser].reads('.conversation-head h2', conversation.subject);
  await people[loser].reads('.owner-name', name);
  for (const person of people) await person.leave();
});

test('the loser takes it openly with one key', async () => {
  const conversation = await set.server.converse();
  const [first, second] = await both();
  await second.see(second.row(conversation.id));
  await second.moveTo(conversation.id);
  // The page learns of it only after the click: its requests are held up for that long.
  await second.page.setRequestInterception(true);
  second.page.on('request', async (request) => {
    if (request.url().endsWith('/claim')) await set.server.must('POST', `conversations/${conversation.id}/claim`, undefined, maya.token);
    await request.continue();
  });
  await second.press('m');
  await second.reads('.toast strong', /^Maya took this/);
  await second.press('o');
  await second.page.waitForFunction(() => [...document.querySelectorAll('.toast strong')].some((text) => text.textContent === 'Assigned to you'));
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.assignee.id, sam.id);
  await first.leave();
  await second.close();
});

test('a change is undone for ten seconds with one key', async () => {
  const conversation = await set.server.converse();
  const [first, second] = await both();
  await first.see(first.row(conversation.id));
  await second.see(second.row(conversation.id));
  await first.moveTo(conversation.id);
  await first.press('m');
  await first.reads('.toast strong', 'It’s yours');
  await second.gone(second.row(conversation.id));
  await first.press('z');
  await first.page.waitForFunction(() => [...document.querySelectorAll('.toast strong')].some((text) => /^Undone/.test(text.textContent)));
  await second.see(second.row(conversation.id));
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.assignee, null);
  await first.leave();
  await second.leave();
});

test('an undo that somebody overtook changes nothing and says so', async () => {
  const conversation = await set.server.converse();
  const [first, second] = await both();
  await first.see(first.row(conversation.id));
  await first.moveTo(conversation.id);
  await first.press('m');
  await first.reads('.toast strong', 'It’s yours');
  await set.server.must('PUT', `conversations/${conversation.id}/assignee`, { assignee: sam.id });
  await first.press('z');
  await first.reads('.toast.problem strong', /nothing to undo/);
  const { body } = await set.server.ask('GET', `conversations/${conversation.id}`);
  assert.equal(body.assignee.id, sam.id);
  await first.leave();
  await second.leave();
});
