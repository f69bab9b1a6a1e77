// A list of 100,000 open conversations with 200 changes a second, in a real browser: how soon the first rows
// are there, whether the page ever stalls, and whether its memory grows.
//
//   node load-tests/browser/list.js [--conversations 100000] [--changes 200] [--trace 30] [--minutes 10]

import { launch, Person } from '../../tests/browser/support/browser.js';
import { Bustle, office, option, quantile } from './office.js';

const CONVERSATIONS = Number(option('conversations', '100000'));
const CHANGES = Number(option('changes', '200'));
const TRACE_SECONDS = Number(option('trace', '30'));
const MINUTES = Number(option('minutes', '10'));
const NAVIGATIONS = 10;

const place = await office(CONVERSATIONS);
const browser = await launch();
const bustle = new Bustle(place, CHANGES);
try {
  const person = await Person.enter(browser, place.server, { email: place.people[0].email, path: '/?filter=all', width: 1440, height: 900 });
  const firstRows = await navigations(person);
  const stalls = await trace(person);
  const memory = await remember(person);
  const seconds = TRACE_SECONDS + MINUTES * 60;
  console.log(JSON.stringify({
    conversations: Number((await person.text('.list-total')).replaceAll(/\D/g, '')),
    changes_per_second: CHANGES, changes_done: bustle.done, changes_failed: bustle.failed, measured_for_seconds: seconds,
    first_rows_ms: { median: Math.round(quantile(firstRows, 0.5)), worst: Math.round(Math.max(...firstRows)) },
    long_tasks: stalls,
    heap_mb: memory,
    trust: await person.page.$eval('ochre-trust', (/** @type {any} */ mark) => mark.dataset.state),
    complaints: person.complaints,
  }, null, 2));
} finally {
  bustle.stop();
  await browser.close();
  await place.server.stop();
}

/** From the beginning of the navigation to the picture that has the first rows. @param {Person} person */
async function navigations(person) {
  await person.page.evaluateOnNewDocument(() => {
    const look = () => {
      if (!document.querySelector('.row:not(.blank) .row-customer')?.textContent) {
        requestAnimationFrame(look);
        return;
      }
      // The frame after the one that has them: then they are painted.
      requestAnimationFrame(() => Reflect.set(window, 'firstRows', performance.now()));
    };
    requestAnimationFrame(look);
  });
  const all = [];
  for (let number = 0; number < NAVIGATIONS; number += 1) {
    await person.page.goto(`${place.server.url}/?filter=all`);
    const handle = await person.page.waitForFunction(() => Reflect.get(window, 'firstRows'));
    all.push(Number(await handle.jsonValue()));
  }
  return all;
}

/** Scrolls a while, then lets it be, and counts the tasks that kept the page from answering. @param {Person} person */
async function trace(person) {
  await person.page.evaluate(() => {
    /** @type {number[]} */
    const tasks = [];
    Reflect.set(window, 'longTasks', tasks);
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
  await person.page.mouse.move(430, 500);
  const until = Date.now() + TRACE_SECONDS * 1_000;
  const scrolling = Date.now() + TRACE_SECONDS * 500;
  while (Date.now() < until) {
    if (Date.now() < scrolling) await person.page.mouse.wheel({ deltaY: 600 });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const tasks = await person.page.evaluate(() => /** @type {number[]} */ (Reflect.get(window, 'longTasks')));
  return { over_50_ms: tasks.length, longest_ms: Math.round(Math.max(0, ...tasks)), seconds: TRACE_SECONDS };
}

/** The heap after each minute, collected before it is measured. @param {Person} person */
async function remember(person) {
  await person.page.mouse.wheel({ deltaY: -1e7 });
  const session = await person.page.createCDPSession();
  const minutes = [];
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    if (minute) await new Promise((resolve) => setTimeout(resolve, 60_000));
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    minutes.push(Math.round(usedSize / 1e5) / 10);
    console.error(`minute ${minute}: ${minutes.at(-1)} MB`);
  }
  return minutes;
}
