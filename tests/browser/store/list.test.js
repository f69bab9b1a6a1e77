// The list that a dashboard holds, against a model of the server: whatever order frames and pages come in,
// it ends up holding what the server does, and its beacons agree.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumOf } from '../../../src/dashboard/assets/store/digest.js';
import { HEAD, ListStore } from '../../../src/dashboard/assets/store/list.js';
import { compare } from '../../../src/dashboard/assets/store/order.js';
import { Dice, row, World } from './world.js';

test('a snapshot of all is compared whole', () => {
  const list = new ListStore();
  const items = [row('b', 2), row('a', 1)];
  list.snapshot({ type: 'snapshot', seq: 5, total: 2, items });
  assert.equal(list.beacon({ type: 'beacon', seq: 5, total: 2, hash: sumOf(items, 2), head: {} }), 'all');
  assert.equal(list.beacon({ type: 'beacon', seq: 6, total: 2, hash: '0000000000000000', head: {} }), 'wrong');
  assert.equal(list.beacon({ type: 'beacon', seq: 7, total: 3, hash: sumOf(items, 2), head: {} }), 'wrong');
});

test('frames of the past are ignored, and a missing one is noticed', () => {
  const list = new ListStore();
  const change = (/** @type {number} */ prev, /** @type {number} */ seq) => ({ type: 'change', prev, seq, enter: [row(`r${seq}`, seq)], update: /** @type {any[]} */ ([]), leave: /** @type {string[]} */ ([]), total: 1 });
  assert.equal(list.change(change(1, 2)), 'ignored');
  list.snapshot({ type: 'snapshot', seq: 5, total: 0, items: [] });
  assert.equal(list.change(change(4, 5)), 'ignored');
  assert.equal(list.change(change(6, 7)), 'gap');
  assert.equal(list.position, 5);
  assert.equal(list.change(change(3, 6)), 'applied');
  assert.deepEqual(list.rows.map(({ id }) => id), ['r6']);
});

test('rows below the horizon are not for this client', () => {
  const list = new ListStore();
  list.snapshot({ type: 'snapshot', seq: 1, total: 3, items: [row('c', 30), row('b', 20)] });
  const low = row('a', 10, 2);
  assert.equal(list.change({ type: 'change', prev: 1, seq: 2, enter: [], update: [low], leave: [], total: 3 }), 'applied');
  assert.deepEqual(list.rows.map(({ id }) => id), ['c', 'b']);
  assert.equal(list.isWhole, false);
});

test('a page that is older than a frame does not bring back what the frame took away', () => {
  const list = new ListStore();
  list.snapshot({ type: 'snapshot', seq: 1, total: 4, items: [row('d', 40), row('c', 30)] });
  const reading = list.beginReading();
  list.change({ type: 'change', prev: 1, seq: 2, enter: [], update: [row('a', 10, 7)], leave: ['b'], total: 3 });
  assert.equal(list.endReading(reading, { items: [row('b', 20), row('a', 10, 1)], next_cursor: null, seq: 1 }), true);
  assert.deepEqual(list.rows.map(({ id, version }) => [id, version]), [['d', 1], ['c', 1], ['a', 7]]);
  assert.equal(list.isWhole, true);
});

test('a list converges whatever happens between pages and frames', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  for (let round = 0; round < 40; round += 1) converge(new Dice(seed + round));
});

/** @param {Dice} dice */
function converge(dice) {
  const world = new World(dice, 20 + dice.below(600));
  const list = new ListStore();
  list.snapshot(world.snapshot());
  let sent = world.seq;
  /** @type {{reading: any, page: any}[]} */
  const pages = [];
  for (let step = 0; step < 300; step += 1) {
    const what = dice.below(10);
    if (what < 6) world.change();
    else if (what < 7 && list.position !== null) {
      assert.notEqual(list.change(world.frame(sent)), 'gap', `round of seed ${dice.seed}`);
      sent = world.seq;
    } else if (what < 8 && !list.isWhole && !pages.length) {
      pages.push({ reading: list.beginReading(), page: world.page(list.cursor) });
    } else if (what < 9 && pages.length) {
      const { reading, page } = pages.pop();
      list.endReading(reading, page);
    } else if (dice.below(6) === 0) {
      list.trim(HEAD);
    }
  }
  list.change(world.frame(sent));
  for (const { reading, page } of pages) list.endReading(reading, page);
  const real = world.sorted();
  const held = list.rows;
  const expected = list.isWhole ? real : real.filter((one) => compare(one, list.horizon) <= 0);
  const said = (/** @type {any[]} */ rows) => rows.map(({ id, version }) => `${id}:${version}`);
  assert.deepEqual(said(held), said(expected), `seed ${dice.seed}`);
  assert.equal(list.total, real.length);
  const beacon = list.beacon(world.beacon());
  assert.ok(beacon === 'all' || beacon === 'head' || (beacon === 'nothing' && list.wantsPage), `seed ${dice.seed}: ${beacon}`);
}
