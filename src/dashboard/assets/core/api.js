// The public API over HTTP. Every change carries a key, so that repeating it after a broken connection
// changes nothing twice.

import { Emitter } from './dom.js';
import { learnClock } from './time.js';

/** How often a request is repeated that got no answer at all. */
const ATTEMPTS = 3;

/** What the server refused, or what kept us from reaching it. */
export class ApiError extends Error {
  /** @param {number} status @param {any} problem */
  constructor(status, problem) {
    super(problem?.detail || problem?.title || 'The server gave no reason.');
    this.status = status;
    this.code = problem?.code ?? 'unknown';
    this.problem = problem ?? {};
  }
}

/** @returns {string} 128 random bits; `randomUUID` is only there on secure origins */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The client. Tells of `unauthenticated` when a session has ended. */
export class Api extends Emitter {
  /**
   * @param {string} method
   * @param {string} path below `/v1/`
   * @param {{body?: any, ifMatch?: string, key?: string, signal?: AbortSignal, quiet?: boolean}} [options]
   *   `quiet`: a 401 is no news
   * @returns {Promise<{data: any, etag: string|null}>}
   */
  async request(method, path, options = {}) {
    /** @type {Record<string, string>} */
    const headers = { accept: 'application/json' };
    if (method !== 'GET') headers['idempotency-key'] = options.key ?? randomKey();
    if (options.ifMatch) headers['if-match'] = options.ifMatch;
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const response = await this.#reach(`/v1/${path}`, { method, headers, body, signal: options.signal });
    learnClock(response.headers.get('date'));
    const text = response.status === 204 ? '' : await response.text();
    let data = null;
    try {
      data = text ? JSON.parse(text) : null;
    } catch {
      data = { code: 'unknown', detail: 'The answer could not be read.' };
    }
    if (response.ok) return { data, etag: response.headers.get('etag') };
    if (response.status === 401 && !options.quiet) this.emit('unauthenticated');
    throw new ApiError(response.status, data);
  }

  /** @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
  async #reach(url, init) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (init.signal?.aborted) throw error;
        if (attempt >= ATTEMPTS) {
          throw new ApiError(0, { code: 'unreachable', detail: 'The server cannot be reached.' });
        }
        await pause(150 * 2 ** attempt + Math.random() * 150);
      }
    }
  }

  /** @param {string} path @param {{signal?: AbortSignal, quiet?: boolean}} [options] */
  async get(path, options) {
    return (await this.request('GET', path, options)).data;
  }

  /** @param {string} path @param {any} [body] @param {{key?: string, quiet?: boolean}} [options] */
  async post(path, body, options) {
    return (await this.request('POST', path, { ...options, body })).data;
  }

  /** @param {string} path @param {any} body */
  async put(path, body) {
    return (await this.request('PUT', path, { body })).data;
  }

  /** @param {string} path @param {any} body */
  async patch(path, body) {
    return (await this.request('PATCH', path, { body })).data;
  }

  /** @param {string} path */
  async delete(path) {
    return (await this.request('DELETE', path)).data;
  }

  /** Every item of a list, page by page, up to a limit. @param {string} path @param {number} [most] */
  async all(path, most = 2_000) {
    const items = [];
    let cursor = null;
    do {
      const joint = path.includes('?') ? '&' : '?';
      const after = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await this.get(`${path}${joint}limit=200${after}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < most);
    return items;
  }
}
