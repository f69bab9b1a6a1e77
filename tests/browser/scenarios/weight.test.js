// What the page loads, from where, and that nothing can get in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from '../support/stage.js';

const set = stage(async (server) => {
  await server.hire('Maya', 'owner');
  await server.converse({ subject: '<img src=x onerror="window.wasRun = true">', body: '<script>window.wasRun = true</script>' });
});

test('all pages together take less than 150 kilobytes, and all of it comes from the server', async () => {
  const person = await set.enter({ email: 'maya@example.com' });
  const session = await person.page.createCDPSession();
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  /** @type {Set<string>} */
  const foreign = new Set();
  /** @type {Set<string>} */
  const loaded = new Set();
  session.on('Network.requestWillBeSent', ({ request }) => {
    if (!request.url.startsWith(set.server.url) && !request.url.startsWith('data:') && !request.url.startsWith('about:')) foreign.add(request.url);
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    // A module is the same file for every page that needs it.
    if (!response.url.includes('/v1/') && !loaded.has(response.url)) sizes.set(requestId, 0);
    loaded.add(response.url);
  });
  const sizes = new Map();
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (sizes.has(requestId)) bytes += encodedDataLength;
  });
  for (const [path, selector] of [['/', '.row'], ['/wall', '.wall'], ...['profile', 'notifications', 'tokens', 'people', 'teams', 'rules', 'autopilot', 'webhooks'].map((page) => [`/settings/${page}`, '.settings-page :is(h1, h2)'])]) {
    await person.visit(path);
    await person.page.waitForSelector(selector);
  }
  assert.deepEqual([...foreign], []);
  assert.ok(loaded.size > 60, `${loaded.size} files`);
  assert.ok(bytes > 50_000 && bytes < 150_000, `${bytes} bytes`);
  await person.close();
});

test('what customers write is text and nothing else', async () => {
  const person = await set.enter({ email: 'maya@example.com', path: '/?filter=all' });
  await person.see('.row');
  await person.press('j', 'Enter');
  await person.reads('.conversation-head h2', '<img src=x onerror="window.wasRun = true">');
  await person.reads('.thread', /<script>window\.wasRun = true<\/script>/);
  assert.equal(await person.page.evaluate(() => Reflect.get(window, 'wasRun')), undefined);
  await person.leave();
});

test('a script that somebody smuggles in is not run', async () => {
  const person = await set.enter({ email: 'maya@example.com' });
  await person.see('.shell');
  const refused = await person.page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
    const script = document.createElement('script');
    try {
      script.textContent = 'window.wasRun = true';
      document.head.append(script);
    } catch (error) {
      resolve(String(error));
    }
  }));
  assert.match(String(refused), /script|TrustedScript/);
  assert.equal(await person.page.evaluate(() => Reflect.get(window, 'wasRun')), undefined);
  // The browser says so, too, and that is no fault of the page.
  assert.match(person.complaints.splice(0).join(), /TrustedScript|Content Security Policy/);
  await person.close();
});
