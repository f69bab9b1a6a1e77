// A workspace to measure in: people, many conversations, and somebody who keeps changing them.

import { Server } from '../../tests/browser/support/server.js';

/** Requests under way at once while the workspace is filled. */
const FILLING = 64;

/** @param {string} name @param {string} fallback */
export function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
}

/** @param {number} conversations */
export async function office(conversations) {
  const server = await Server.start({ OCHRE_LIVE__BEACON_SECONDS: '15' });
  const people = [];
  for (const name of ['Maya', 'Sam', 'Noor', 'Jonas', 'Priya', 'Tomas']) people.push(await server.hire(name, 'agent'));
  /** @type {string[]} */
  const ids = [];
  const began = Date.now();
  await Promise.all(Array.from({ length: FILLING }, async () => {
    while (server.numbers < conversations) {
      ids.push((await server.converse({ tags: ['billing'], channel: server.numbers % 2 ? 'email' : 'chat' })).id);
      if (ids.length % 10_000 === 0) console.error(`${ids.length} conversations after ${Math.round((Date.now() - began) / 1_000)} s`);
    }
  }));
  return { server, people, ids };
}

/** Changes of all kinds, so many a second, until it is stopped. */
export class Bustle {
  /** @param {Awaited<ReturnType<typeof office>>} place @param {number} perSecond */
  constructor({ server, people, ids }, perSecond) {
    Object.assign(this, { server, people, ids, perSecond });
    this.done = 0;
    this.failed = 0;
    let asked = 0;
    let at = performance.now();
    let due = 0;
    this.timer = setInterval(() => {
      const now = performance.now();
      // At most a tenth of a second is made up for: a stalled machine must not end in a burst.
      due += Math.min(100, now - at) * (perSecond / 1_000);
      at = now;
      for (; due >= 1; due -= 1) {
        this.#change(asked, server, people, ids);
        asked += 1;
      }
    }, 10);
  }

  /** @param {number} number @param {Server} server @param {any[]} people @param {string[]} ids */
  async #change(number, server, people, ids) {
    const id = ids[Math.floor(Math.random() * ids.length)];
    const person = people[number % people.length];
    const [method, route, body] = /** @type {[string, string, any]} */ ([
      ['PUT', `conversations/${id}/assignee`, { assignee: person.id }],
      ['POST', `conversations/${id}/messages`, { kind: 'agent', body: `Message ${number}` }],
      ['PATCH', `conversations/${id}`, { priority: ['low', 'normal', 'high', 'urgent'][number % 4] }],
      ['PUT', `conversations/${id}/assignee`, { assignee: null }],
    ][number % 4]);
    try {
      const { status } = await server.ask(method, route, body, person.token);
      if (status < 300) this.done += 1;
      else this.failed += 1;
    } catch {
      this.failed += 1;
    }
  }

  stop() {
    clearInterval(this.timer);
  }
}

/** @param {number[]} values @param {number} part */
export function quantile(values, part) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
