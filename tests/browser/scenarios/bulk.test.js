// Many at once: ranges by keyboard and mouse, what will happen, what became of each, and back again.

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
});

/** @param {number} count @returns {Promise<string[]>} newest first, as they are listed */
async function several(count) {
  const ids = [];
  for (let number = 0; number < count; number += 1) ids.unshift((await set.server.converse()).id);
  return ids;
}

/** @param {string[]} ids */
const owners = (ids) => Promise.all(ids.map(async (id) => (await set.server.must('GET', `conversations/${id}`)).assignee?.id ?? null));

test('s11_a_range_by_keyboard_is_previewed_assigned_and_undone', async () => {
  const ids = await several(5);
  const person = await set.enter({ email: maya.email, path: '/?filter=unassigned' });
  await person.see(person.row(ids[4]));
  await person.moveTo(ids[0]);
  await person.press('x', 'Shift+J', 'Shift+J', 'Shift+J');
  await person.reads('.bulk-bar strong', '4 selected');
  // One single row goes out of the range again.
  await person.press('k', 'x');
  await person.reads('.bulk-bar strong', '3 selected');
  await person.press('a');
  await person.see('.picker [data-option]');
  await person.type('noor');
  await person.page.waitForFunction(() => document.querySelectorAll('.picker .listbox [role=option]').length === 1);
  await person.press('Enter');
  await person.reads('.bulk [data-tally="changed"]', /3 will change/);
  assert.deepEqual(await owners(ids), [null, null, null, null, null]);
  await person.press('Enter');
  await person.reads('.bulk [data-tally="changed"]', /3 changed/);
  await person.see('[data-bulk-undo]');
  assert.deepEqual(await owners(ids), [noor.id, noor.id, null, noor.id, null]);
  // One of them changes hands meanwhile: that one the undo leaves alone, and says so first.
  await set.server.must('PUT', `conversations/${ids[1]}/assignee`, { assignee: maya.id });
  await person.page.click('[data-bulk-undo]');
  await person.reads('.bulk [data-tally="changed"]', /2 taken back/);
  await person.reads('.bulk [data-tally="failed"]', /1 left alone/);
  await person.reads('.results li:first-child .result-how', /changed the owner since/);
  assert.deepEqual(await owners(ids), [null, maya.id, null, null, null]);
  await person.press('Escape');
  await person.leave();
});

test('s11_a_range_by_mouse_is_selected_from_the_last_row_that_was_touched', async () => {
  const ids = await several(4);
  const person = await set.enter({ email: maya.email, path: '/?filter=unassigned' });
  await person.see(person.row(ids[3]));
  await person.page.hover(person.row(ids[0]));
  await person.page.click(`${person.row(ids[0])} .row-select`);
  await person.page.keyboard.down('Shift');
  await person.page.click(`${person.row(ids[3])} .row-link`);
  await person.page.keyboard.up('Shift');
  await person.reads('.bulk-bar strong', '4 selected');
  assert.equal(new URL(person.page.url()).pathname, '/', 'a range opens nothing');
  await person.press('Escape');
  await person.page.waitForSelector('.bulk-bar', { hidden: true });
  await person.leave();
});

test('x06_the_ones_that_could_not_be_changed_come_first_with_the_reason', async () => {
  const ids = await several(3);
  await set.server.must('PUT', `conversations/${ids[1]}/assignee`, { assignee: noor.id });
  const person = await set.enter({ email: maya.email, path: '/?filter=all' });
  await person.see(person.row(ids[2]));
  await person.moveTo(ids[0]);
  await person.press('x', 'Shift+J', 'Shift+J', 'm');
  await person.reads('.bulk [data-tally="changed"]', /3 will change/);
  await person.page.click('#bulk-only');
  await person.reads('.bulk [data-tally="failed"]', /1 cannot be changed/);
  await person.page.click('[data-bulk-go]');
  await person.reads('.bulk [data-tally="changed"]', /2 changed/);
  await person.reads('.results li:first-child .result-how', 'somebody has it already');
  assert.deepEqual(await owners(ids), [maya.id, noor.id, maya.id]);
  await person.press('Escape');
  await person.leave();
});
