// A real browser, and pages in it that people are signed in on.

import assert from 'node:assert/strict';
import puppeteer from 'puppeteer-core';
import { PASSWORD } from './server.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Long enough for a busy machine; nothing waits that long when all is well. */
export const PATIENCE = 15_000;

export function launch() {
  return puppeteer.launch({
    executablePath,
    headless: true,
    // A container has no sandbox of its own to give; the pages are ours.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows'],
  });
}

/** What a browser complains about when a test provokes it. */
const EXPECTED = [/Failed to load resource/, /WebSocket connection to/, /Password forms should have/];

/** A page, and what tests do with it. */
export class Person {
  /** @param {import('puppeteer-core').Page} page @param {string} url */
  constructor(page, url) {
    this.page = page;
    this.url = url;
    /** @type {(() => void)|null} */
    this.onleave = null;
    /** @type {string[]} */
    this.complaints = [];
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (/** @type {any} */ error) => this.complaints.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      const isBad = message.type() === 'error' || message.type() === 'warn';
      if (isBad && !EXPECTED.some((known) => known.test(message.text()))) this.complaints.push(message.text());
    });
  }

  /**
   * @param {import('puppeteer-core').Browser} browser
   * @param {{url: string}} server
   * @param {{email?: string, path?: string, theme?: string, width?: number, height?: number}} [options] without an email nobody is signed in
   */
  static async enter(browser, server, { email, path = '/', theme = 'light', width = 1280, height = 860 } = {}) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    await page.setViewport({ width, height });
    if (email) await context.setCookie(await cookie(server.url, email));
    const person = new Person(page, server.url);
    await page.goto(server.url + path);
    if (email) await page.waitForSelector('.shell');
    return person;
  }

  /** Everything that went wrong in the page without anybody seeing it. */
  isContent() {
    assert.deepEqual(this.complaints, []);
  }

  /** Goes to another page, as if its address were typed. @param {string} path */
  async visit(path) {
    await this.page.goto(this.url + path);
    await this.page.waitForSelector('.shell');
  }

  /** Is done, and may come back. */
  async leave() {
    this.isContent();
    if (!this.onleave) {
      await this.close();
      return;
    }
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(() => sessionStorage.clear());
    await this.page.goto('about:blank');
    this.onleave();
  }

  async close() {
    this.isContent();
    await this.page.browserContext().close();
  }

  /** @param {string} selector */
  see(selector) {
    return this.page.waitForSelector(selector, { visible: true });
  }

  /** Waits until an element says something. @param {string} selector @param {string|RegExp} wanted */
  async reads(selector, wanted) {
    const pattern = wanted instanceof RegExp ? wanted.source : `^${wanted.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
    try {
      await this.page.waitForFunction((where, what) => {
        const element = document.querySelector(where);
        return element && new RegExp(what).test(/** @type {HTMLElement} */ (element).innerText.trim());
      }, {}, selector, pattern);
    } catch (error) {
      const said = await this.page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText).catch(() => 'nothing');
      throw new Error(`${selector} should read ${wanted}, and reads ${said}`, { cause: error });
    }
  }

  /** @param {string} selector */
  text(selector) {
    return this.page.$eval(selector, (element) => /** @type {HTMLElement} */ (element).innerText.trim());
  }

  /** @param {string} selector */
  count(selector) {
    return this.page.$$eval(selector, (elements) => elements.length);
  }

  /** Waits until there is no such element. @param {string} selector */
  gone(selector) {
    return this.page.waitForFunction((where) => !document.querySelector(where), {}, selector);
  }

  /** @param {...string} keys as `Shift+J` */
  async press(...keys) {
    for (const combined of keys) {
      const parts = combined.split('+');
      const key = /** @type {import('puppeteer-core').KeyInput} */ (parts.pop());
      for (const modifier of parts) await this.page.keyboard.down(/** @type {import('puppeteer-core').KeyInput} */ (modifier));
      await this.page.keyboard.press(key);
      for (const modifier of parts.reverse()) await this.page.keyboard.up(/** @type {import('puppeteer-core').KeyInput} */ (modifier));
    }
  }

  /** @param {string} text */
  type(text) {
    return this.page.keyboard.type(text);
  }

  /** The number that a filter shows. @param {string} filter @param {number} count */
  counts(filter, count) {
    return this.reads(`[data-count="${filter}"]`, String(count));
  }

  /** @param {string} filter */
  async list(filter) {
    await this.page.click(`[data-filter="${filter}"]`);
    await this.page.waitForSelector(`[data-filter="${filter}"][aria-current]`);
    await this.page.waitForFunction(() => document.querySelector('ochre-list')?.classList.contains('is-loading') === false);
  }

  /** A row that is in the list, not one that only still stands there. @param {string} id */
  row(id) {
    return `.row[data-id="${id}"]:not(.is-gone, .leaves)`;
  }

  /** The mark says that all is current. */
  async isLive() {
    await this.page.waitForSelector('ochre-trust[data-state="live"]');
  }

  /** Moves the cursor down to a row. @param {string} id */
  async moveTo(id) {
    for (let step = 0; step < 50; step += 1) {
      await this.press('j');
      const at = await this.page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('data-id'));
      if (at === id) return;
    }
    throw new Error(`the cursor never reached ${id}`);
  }
}

/** @param {string} url @param {string} email */
export async function cookie(url, email) {
  const response = await fetch(`${url}/v1/session`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: url }, body: JSON.stringify({ email, password: PASSWORD }),
  });
  assert.equal(response.status, 200, `signing in as ${email}`);
  const [, value] = /ochre_session=([^;]+)/.exec(response.headers.get('set-cookie'));
  return { name: 'ochre_session', value, domain: new URL(url).hostname, path: '/', httpOnly: true, sameSite: /** @type {const} */ ('Strict') };
}
