// Pictures of every page in both themes, of the demo's workspace: docs/screenshots.
//
//   npm --prefix tests/browser run screenshots

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch, Person } from './support/browser.js';
import { program } from './support/server.js';

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const OWNER = { email: 'maya@lantern.example', password: 'ochre-demo' };
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

/** @param {import('node:stream').Readable} output @returns {Promise<string>} */
async function addressOf(output) {
  for await (const line of readline.createInterface({ input: output })) {
    const found = /^listening on (.*)$/.exec(line);
    if (found) return found[1];
  }
  throw new Error('the demo ended');
}

const demo = spawn(process.env.OCHRE ?? program, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = once(demo, 'exit');
const browser = await launch();
try {
  const server = { url: await addressOf(demo.stdout) };
  await mkdir(folder, { recursive: true });
  for (const theme of ['light', 'dark']) await everything(server, theme);
} finally {
  await browser.close();
  demo.kill('SIGTERM');
  await ended;
}

/** @param {{url: string}} server @param {string} theme */
async function everything(server, theme) {
  const door = await Person.enter(browser, server, { theme, ...WIDE });
  await door.see('#sign-in-email');
  await take(door, `sign-in-${theme}`);
  await signIn(door);
  await lists(door, theme);
  await layers(door, theme);
  for (const page of ['profile', 'notifications', 'tokens', 'people', 'teams', 'rules', 'autopilot', 'webhooks']) {
    await door.visit(`/settings/${page}`);
    await door.page.waitForSelector('.settings-page :is(h1, h2)');
    await take(door, `settings-${page}-${theme}`);
  }
  await door.page.setViewport({ width: 1920, height: 1080 });
  await door.visit('/wall');
  await door.see('.wall .lead strong');
  // Two points make a line.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await take(door, `wall-${theme}`);
  await door.page.setViewport(NARROW);
  await door.visit('/?filter=all');
  await door.see('.row');
  await take(door, `phone-list-${theme}`);
  await door.page.click('.row-link');
  await door.see('.message');
  await take(door, `phone-conversation-${theme}`);
  await door.page.browserContext().close();
}

/** @param {Person} person */
async function signIn(person) {
  await person.page.type('#sign-in-email', OWNER.email);
  await person.page.type('#sign-in-password', OWNER.password);
  await person.press('Enter');
  await person.see('.shell');
}

/** @param {Person} person @param {string} theme */
async function lists(person, theme) {
  await person.list('ai_queue');
  await person.see('.row');
  await person.press('j', 'Enter');
  await person.see('.message');
  await take(person, `ai-queue-${theme}`);
  await person.list('all');
  await person.see('.row');
  await busiest(person);
  await take(person, `inbox-${theme}`);
}

/** Opens the conversation with the most in it, of those that can be seen. @param {Person} person */
async function busiest(person) {
  const { items } = await person.page.evaluate(async () => (await fetch('/v1/conversations?filter=all&limit=10')).json());
  const [most] = items.sort((/** @type {any} */ one, /** @type {any} */ other) => other.message_count - one.message_count);
  await person.page.click(`.row[data-id="${most.id}"] .row-link`);
  await person.see('.message');
  await person.page.mouse.move(2, 2);
}

/** @param {Person} person @param {string} theme */
async function layers(person, theme) {
  await person.press('a');
  await person.see('.picker [role=option]');
  await take(person, `picker-${theme}`);
  await person.press('Escape', 'h');
  await person.page.waitForSelector('.history li');
  await take(person, `why-${theme}`);
  await person.press('Escape', 'Control+k');
  await person.see('.palette');
  await person.type('or');
  await person.see('.palette [role=option]');
  await take(person, `palette-${theme}`);
  await person.press('Escape', '?');
  await person.see('.help');
  await take(person, `keys-${theme}`);
  await person.press('Escape', 'b');
  await person.see('.notification-list, .empty-note');
  await take(person, `bell-${theme}`);
  await person.press('Escape');
  await person.list('unassigned');
  await person.see('.row');
  await person.press('j', 'x', 'Shift+J', 'Shift+J', 'Shift+J');
  await person.see('.bulk-bar');
  await take(person, `bulk-select-${theme}`);
  await person.press('m');
  await person.see('.bulk');
  await person.page.waitForSelector('.bulk .tally, .bulk [role=alert]');
  await take(person, `bulk-preview-${theme}`);
  await person.press('Escape', 'Escape');
  await person.press('m');
  await person.see('.toast');
  await take(person, `undo-${theme}`);
  await person.press('z');
}

/** When nothing moves any more. @param {Person} person @param {string} name */
async function take(person, name) {
  await person.page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== 'running' || animation.effect.getTiming().iterations === Infinity || Number(animation.effect.getComputedTiming().duration) > 4_000));
  await person.page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(name);
}
