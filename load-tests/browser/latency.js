// From a click in one browser to the picture in another: 500 assigns on loopback, beside the latency of the same
// commits as the server's client sees it.
//
//   node load-tests/browser/latency.js [--assigns 500]

import { launch, Person } from '../../tests/browser/support/browser.js';
import { office, option, quantile } from './office.js';

const ASSIGNS = Number(option('assigns', '500'));

const place = await office(60);
const browser = await launch();
try {
  const [clicker, watcher] = await Promise.all(place.people.slice(0, 2).map(({ email }) => Person.enter(browser, place.server, { email, path: '/?filter=all' })));
  await Promise.all([clicker, watcher].map((person) => person.isLive()));
  const row = place.ids.at(-1);
  await clicker.page.goto(`${place.server.url}/conversations/${row}?filter=all`);
  await clicker.see('.message');
  await clicker.isLive();
  await Promise.all([listenForClicks(clicker), listenForOwners(watcher, row)]);
  const screen = [];
  const commit = [];
  const own = [];
  for (let number = 0; number < ASSIGNS; number += 1) {
    // A claim, then an unassign, and so on: every one changes the owner.
    await clicker.press(number % 2 ? 'u' : 'm');
    const [clicked, answered, shown] = await Promise.all([
      clicker.page.waitForFunction((count) => Reflect.get(window, 'clicks')[count], { polling: 5 }, number),
      clicker.page.waitForFunction((count) => Reflect.get(window, 'answers')[count], { polling: 5 }, number),
      watcher.page.waitForFunction((count) => Reflect.get(window, 'owners')[count], { polling: 5 }, number),
    ].map(async (handle) => (await handle).jsonValue()));
    screen.push(shown - clicked.at);
    own.push(clicked.shown - clicked.at);
    commit.push(answered);
  }
  const report = (/** @type {number[]} */ values) => ({ median: round(quantile(values, 0.5)), p99: round(quantile(values, 0.99)) });
  console.log(JSON.stringify({
    assigns: ASSIGNS,
    click_to_own_screen_ms: report(own),
    click_to_other_screen_ms: report(screen),
    request_to_durable_answer_ms: report(commit),
  }, null, 2));
} finally {
  await browser.close();
  await place.server.stop();
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** Notes when a key was pressed, when its effect was painted here, and how long its request took. @param {Person} person */
async function listenForClicks(person) {
  await person.page.evaluate(() => {
    /** @type {any[]} */
    const clicks = [];
    /** @type {number[]} */
    const answers = [];
    Reflect.set(window, 'clicks', clicks);
    Reflect.set(window, 'answers', answers);
    addEventListener('keydown', (event) => {
      const at = performance.timeOrigin + event.timeStamp;
      const head = /** @type {HTMLElement} */ (document.querySelector('.conversation-head'));
      const before = head.dataset.owner;
      const look = () => {
        if (head.dataset.owner === before) requestAnimationFrame(look);
        else clicks.push({ at, shown: performance.timeOrigin + performance.now() });
      };
      requestAnimationFrame(look);
    }, true);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (/\/(claim|assignee)$/.test(entry.name)) answers.push(/** @type {PerformanceResourceTiming} */ (entry).responseEnd - /** @type {PerformanceResourceTiming} */ (entry).requestStart);
      }
    }).observe({ type: 'resource' });
  });
}

/** Notes when another owner of a row was painted. @param {Person} person @param {string} row */
async function listenForOwners(person, row) {
  await person.page.evaluate((id) => {
    /** @type {number[]} */
    const owners = [];
    Reflect.set(window, 'owners', owners);
    let before = document.querySelector(`.row[data-id="${id}"]`)?.getAttribute('data-owner') ?? '';
    new MutationObserver(() => {
      const now = document.querySelector(`.row[data-id="${id}"]`)?.getAttribute('data-owner') ?? before;
      if (now === before) return;
      before = now;
      // Painted with the frame under way: the next one begins after it.
      requestAnimationFrame(() => owners.push(performance.timeOrigin + performance.now()));
    }).observe(document.querySelector('ochre-list'), { subtree: true, attributes: true, attributeFilter: ['data-owner'] });
  }, row);
}
