// Every page in both themes: axe-core finds nothing, nothing needs sideways scrolling, the keys lead everywhere.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** @type {any} */
let olga;
/** @type {any} */
let talk;
const set = stage(async (server) => {
  olga = { email: 'maya@example.com' };
  const maya = await server.hire('Maya', 'admin');
  await server.hire('Sam', 'agent');
  await server.must('PUT', 'autopilot', { enabled: true });
  talk = await server.converse({ priority: 'urgent', tags: ['billing', 'vip', 'late'], custom_fields: { plan: 'pro' } });
  await server.must('POST', `conversations/${talk.id}/take-over`, undefined, maya.token);
  await server.must('POST', `conversations/${talk.id}/messages`, { kind: 'agent', body: 'We are on it.' }, maya.token);
  await server.must('POST', `conversations/${talk.id}/notes`, { body: 'A note for @Maya', mentions: [maya.id] });
  const team = (await server.ask('POST', 'teams', { name: 'Desk', members: [maya.id] })).body;
  await server.ask('PUT', 'routing/rules', { items: [
    { name: 'Chats go round', enabled: true, when: { condition: 'channel_is', value: 'chat' }, then: { action: 'assign', round_robin: team.id } },
    { name: 'New here', enabled: true, when: { condition: 'first_message' }, then: { action: 'assign', user: maya.id } },
    { name: 'Never reached', enabled: true, when: { condition: 'first_message' }, then: { action: 'add_tag', tag: 'new' } },
  ] }, undefined, { 'if-match': '*' });
  await server.ask('POST', 'webhooks', { url: 'https://hooks.example.com/ochre' });
  for (const priority of ['low', 'normal', 'high', 'urgent']) await server.converse({ priority, tags: ['shipping'] });
});

/** @type {[string, string|(() => string), string][]} */
const PAGES = [
  ['the AI queue', '/?filter=ai_queue', '.row'],
  ['an open conversation', () => `/conversations/${talk.id}?filter=all`, '.message'],
  ['an empty list', '/?filter=closed', '.empty'],
  ['the wall', '/wall', '.wall'],
  ...['profile', 'notifications', 'tokens', 'people', 'teams', 'rules', 'autopilot', 'webhooks']
    .map((page) => /** @type {[string, string, string]} */ ([page, `/settings/${page}`, '.settings-page h1'])),
];

/** @param {import('../support/browser.js').Person} person @param {string} where */
async function inspect(person, where) {
  // What fades in has the colours of neither before nor after.
  await person.page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== 'running' || animation.effect.getTiming().iterations === Infinity));
  await person.page.evaluate(axe);
  const violations = await person.page.evaluate(async () => {
    const found = await Reflect.get(window, 'axe').run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.violations.map((/** @type {any} */ one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 4).map((/** @type {any} */ node) => `    ${node.html.slice(0, 160)} ${node.failureSummary.split('\n')[1] ?? ''}`).join('\n')}`);
  });
  assert.deepEqual(violations, [], where);
}

for (const theme of ['light', 'dark']) {
  for (const [name, path, selector] of PAGES) {
    test(`axe finds nothing on ${name}, ${theme}`, async () => {
      const person = await set.enter({ email: olga.email, theme, path: typeof path === 'function' ? path() : path });
      await person.see(selector);
      await inspect(person, `${name}, ${theme}`);
      await person.leave();
    });
  }

  test(`axe finds nothing in what lies over the page, ${theme}`, async () => {
    const person = await set.enter({ email: olga.email, theme, path: `/conversations/${talk.id}?filter=all` });
    await person.see('.message');
    /** @type {[string, string][]} */
    const layers = [['a', '.picker [role=option]'], ['?', '.help'], ['Control+k', '.palette [role=option]'], ['h', '.history li'], ['b', '.notification-list']];
    for (const [key, selector] of layers) {
      await person.press(key);
      await person.page.waitForSelector(selector);
      await inspect(person, `${selector}, ${theme}`);
      await person.press('Escape');
      await person.gone('dialog');
    }
    await person.press('u');
    await person.see('.toast');
    await inspect(person, `a message, ${theme}`);
    await person.press('z');
    await person.leave();
  });
}

test('axe finds nothing where one signs in, in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    const person = await set.enter({ theme });
    await person.see('#sign-in-email');
    await inspect(person, `signing in, ${theme}`);
    await person.leave();
  }
});

test('nothing has to be scrolled sideways at 360 pixels', async () => {
  for (const [name, path, selector] of PAGES) {
    const person = await set.enter({ email: olga.email, width: 360, height: 720, path: typeof path === 'function' ? path() : path });
    await person.page.waitForSelector(selector);
    const wide = await person.page.evaluate(() => [document.scrollingElement.scrollWidth, ...[...document.querySelectorAll('main, .conversation, .conversation-head, .composer')].map((element) => {
      const { left, right } = element.getBoundingClientRect();
      return element.clientWidth === 0 ? 0 : Math.max(right, left + element.scrollWidth);
    })]);
    assert.ok(Math.max(...wide) <= 361, `${name}: ${wide}`);
    await person.leave();
  }
});

test('the focus is seen wherever Tab leads, and never lost', async () => {
  const person = await set.enter({ email: olga.email, path: `/conversations/${talk.id}?filter=all` });
  await person.see('.message');
  const seen = new Set();
  for (let step = 0; step < 45; step += 1) {
    await person.press('Tab');
    const at = await person.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const isShown = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
      return { what: element.outerHTML.slice(0, 80), isShown };
    });
    if (!at) continue;
    assert.ok(at.isShown, at.what);
    seen.add(at.what);
  }
  assert.ok(seen.size > 25, `only ${seen.size} stops`);
  await person.leave();
});

test('who wants no motion gets none', async () => {
  const person = await set.enter({ email: olga.email, path: '/?filter=ai_queue' });
  await person.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  await person.see('.row');
  await person.isLive();
  assert.equal(await person.page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length), 0);
  await person.close();
});
