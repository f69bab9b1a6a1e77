// Signing in and out, and sessions that end while somebody works.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD } from '../support/server.js';
import { stage } from '../support/stage.js';

const set = stage(async (server) => {
  await server.hire('Maya', 'agent');
});

/** @param {import('../support/browser.js').Person} person @param {string} password */
async function signIn(person, password) {
  await person.see('#sign-in-email');
  await person.page.$eval('#sign-in-email', (/** @type {any} */ input) => { input.value = ''; });
  await person.page.type('#sign-in-email', 'maya@example.com');
  await person.page.type('#sign-in-password', password);
  await person.press('Enter');
}

test('a wrong password says so, and the right one leads on', async () => {
  const maya = await set.enter();
  await signIn(maya, 'not it');
  await maya.reads('.sign-in [role=alert]', 'That email and password do not belong together.');
  assert.equal(await maya.page.$eval('#sign-in-password', (input) => document.activeElement === input), true);
  await maya.page.$eval('#sign-in-password', (/** @type {any} */ input) => { input.value = ''; });
  await signIn(maya, PASSWORD);
  await maya.see('.shell');
  await maya.isLive();
  assert.equal(await maya.count('.sign-in'), 0);
  await maya.leave();
});

test('whoever is sent to a page without a session gets there after signing in', async () => {
  const conversation = await set.server.converse();
  const maya = await set.enter({ path: `/conversations/${conversation.id}?filter=unassigned` });
  await signIn(maya, PASSWORD);
  await maya.reads('.conversation-head h2', conversation.subject);
  await maya.reads('.list-head h1', 'Unassigned');
  await maya.leave();
});

test('s02_who_lands_without_a_filter_sees_the_ai_queue_while_autopilot_is_on', async () => {
  await set.server.must('PUT', 'autopilot', { enabled: true });
  const first = await set.enter({ email: 'maya@example.com' });
  await first.reads('.list-head h1', 'AI Queue');
  await first.leave();
  await set.server.must('PUT', 'autopilot', { enabled: false });
  const second = await set.enter({ email: 'maya@example.com' });
  await second.reads('.list-head h1', 'All open');
  await second.leave();
});

test('a session that ends leaves everything where it was until somebody is signed in again', async () => {
  const conversation = await set.server.converse();
  const maya = await set.enter({ email: 'maya@example.com', path: `/conversations/${conversation.id}?filter=all` });
  await maya.see('.message');
  await maya.press('n');
  await maya.type('half of a thou');
  const [{ value }] = (await maya.page.browserContext().cookies()).filter(({ name }) => name === 'ochre_session');
  await fetch(`${set.server.url}/v1/session`, { method: 'DELETE', headers: { cookie: `ochre_session=${value}`, origin: set.server.url } });
  await maya.reads('.sign-in .muted', /Your session has ended/);
  await signIn(maya, PASSWORD);
  await maya.gone('.sign-in');
  await maya.isLive();
  assert.equal(await maya.page.$eval('.note-text', (/** @type {any} */ field) => field.value), 'half of a thou');
  assert.match(maya.page.url(), new RegExp(`/conversations/${conversation.id}\\?filter=all$`));
  const { body } = await set.server.ask('POST', `conversations/${conversation.id}/messages`, { kind: 'customer', body: 'Are you there?' });
  assert.equal(body.kind, 'customer');
  await maya.reads('.thread', /Are you there\?/);
  await maya.leave();
});

test('signing out ends the session', async () => {
  const maya = await set.enter({ email: 'maya@example.com' });
  await maya.isLive();
  await maya.page.click('[aria-label="Sign out"]');
  await maya.see('#sign-in-email');
  await maya.page.goto(`${set.server.url}/settings/profile`);
  await maya.see('#sign-in-email');
  await maya.close();
});
