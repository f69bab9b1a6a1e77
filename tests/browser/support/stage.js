// What a file of scenarios needs: one server, one browser, and an end to both.

import { after, before } from 'node:test';
import { launch, Person } from './browser.js';
import { Server } from './server.js';

/**
 * @param {(server: Server) => Promise<void>} [prepare] what is there before the first test
 * @param {Record<string, string>} [settings] of the server
 */
export function stage(prepare, settings) {
  /** Pages of people who left and may come back: opening one anew takes longer than most tests. @type {Map<string, Person[]>} */
  const idle = new Map();
  const set = {
    /** @type {Server} */
    server: null,
    /** @type {import('puppeteer-core').Browser} */
    browser: null,
    /** @param {Parameters<typeof Person.enter>[2]} [options] */
    async enter(options = {}) {
      const { path = '/', ...rest } = options;
      const key = JSON.stringify(rest);
      const known = rest.email ? idle.get(key)?.pop() : undefined;
      const person = known ?? await Person.enter(set.browser, set.server, options);
      if (known) await known.visit(path);
      if (rest.email) person.onleave = () => idle.set(key, [...(idle.get(key) ?? []), person]);
      return person;
    },
  };
  before(async () => {
    [set.browser, set.server] = await Promise.all([launch(), Server.start(settings)]);
    await prepare?.(set.server);
  });
  after(async () => {
    await set.browser?.close();
    await set.server?.stop();
  });
  return set;
}
