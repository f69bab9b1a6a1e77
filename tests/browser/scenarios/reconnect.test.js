// A server that dies and comes back: nothing is lost, nothing has to be reloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

/** @type {any} */
let maya;
const set = stage(async (server) => {
  maya = await server.hire('Maya', 'agent');
});

test('x03_after_the_server_was_killed_and_restarted_the_page_catches_up_by_itself', async () => {
  const rows = [];
  for (let number = 0; number < 4; number += 1) rows.push((await set.server.converse()).id);
  const person = await set.enter({ email: maya.email, path: `/conversations/${rows[1]}?filter=unassigned` });
  await person.see('.message');
  await person.isLive();
  await person.page.evaluate((id) => {
    const box = /** @type {HTMLElement} */ (document.querySelector(`.row[data-id="${id}"] .row-select`));
    if (box.getAttribute('aria-checked') !== 'true') box.click();
  }, rows[2]);
  await person.press('n');
  await person.type('half a note');
  await set.server.kill();
  await person.page.waitForFunction(() => document.querySelector('ochre-trust').getAttribute('data-state') !== 'live');
  await set.server.open();
  // Before the page is back things go on.
  const { id: arrived } = await set.server.converse();
  await set.server.must('PUT', `conversations/${rows[0]}/assignee`, { assignee: maya.id });
  await set.server.must('POST', `conversations/${rows[1]}/messages`, { kind: 'customer', body: 'Any news?' });
  await person.isLive();
  await person.page.waitForFunction((id) => document.querySelector(`.row[data-id="${id}"]:not(.is-gone)`), {}, arrived);
  await person.gone(person.row(rows[0]));
  await person.reads('.thread', /Any news\?/);
  assert.equal(await person.page.$eval('.note-text', (/** @type {any} */ field) => field.value), 'half a note');
  assert.equal(await person.page.$eval(`.row[data-id="${rows[2]}"] .row-select`, (box) => box.getAttribute('aria-checked')), 'true');
  assert.equal(await person.page.evaluate(() => document.activeElement?.matches('.note-text')), true);
  await person.leave();
});

test('x03_the_mark_of_trust_says_when_a_beacon_last_agreed', async () => {
  const person = await set.enter({ email: maya.email, path: '/?filter=all' });
  await person.isLive();
  await person.page.waitForFunction(() => {
    document.querySelector('.trust').dispatchEvent(new PointerEvent('pointerenter'));
    return /Verified against the server \d/.test(document.querySelector('.trust-detail').textContent);
  });
  await person.leave();
});

test('x03_a_list_that_is_not_what_the_beacon_says_is_read_anew', async () => {
  const { id } = await set.server.converse();
  const person = await set.enter({ email: maya.email, path: '/?filter=all' });
  await person.page.evaluateOnNewDocument(() => {
    // The page misses every frame about rows that change: what a bug or a bad proxy would do.
    const receive = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
    Object.defineProperty(WebSocket.prototype, 'onmessage', {
      ...receive,
      set(listener) {
        receive.set.call(this, (/** @type {MessageEvent} */ event) => {
          const frame = JSON.parse(event.data);
          const isLost = frame.type === 'change' && !Reflect.get(window, 'isHonest');
          const data = isLost ? JSON.stringify({ ...frame, enter: [], update: [], leave: [] }) : event.data;
          listener({ data });
        });
      },
    });
  });
  await person.visit('/?filter=all');
  await person.see(person.row(id));
  await person.isLive();
  await set.server.must('PUT', `conversations/${id}/assignee`, { assignee: maya.id });
  await person.see(`${person.row(id)}[data-owner="${maya.id}"]`);
  await person.close();
});

test('an offline page says so', async () => {
  const person = await set.enter({ email: maya.email, path: '/?filter=all' });
  await person.isLive();
  await set.server.kill();
  await person.page.waitForSelector('ochre-trust[data-state="offline"]');
  await set.server.open();
  await person.isLive();
  await person.close();
});
