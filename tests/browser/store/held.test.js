// The order in which rows are shown while some are held: each row once, and those that are held where they were.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldOrder } from '../../../src/dashboard/assets/store/held.js';
import { ListStore } from '../../../src/dashboard/assets/store/list.js';
import { Dice, World } from './world.js';

/** @param {HeldOrder} order */
const shown = (order) => Array.from({ length: order.length }, (_, index) => order.at(index));

test('without anything held the order is that of the list', () => {
  const world = new World(new Dice(1), 20);
  const list = new ListStore();
  list.snapshot(world.snapshot());
  const order = new HeldOrder(list);
  assert.deepEqual(shown(order).map(({ row }) => row.id), world.sorted().map(({ id }) => id));
});

test('a held row that leaves stays as gone, and goes when it is released', () => {
  const world = new World(new Dice(2), 10);
  const list = new ListStore();
  list.snapshot(world.snapshot());
  const order = new HeldOrder(list);
  const { row } = order.at(3);
  order.hold(3, 3);
  list.change({ type: 'change', prev: list.position, seq: list.position + 1, enter: [], update: [], leave: [row.id], total: 9 });
  assert.deepEqual(order.at(3), { row, isGone: true });
  assert.equal(order.length, 10);
  order.release();
  assert.equal(order.length, 9);
  assert.equal(order.indexOf(row.id), -1);
});

test('while rows are held each row is shown once, and the held ones stay together in their order', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  for (let round = 0; round < 60; round += 1) {
    const dice = new Dice(seed + round);
    const world = new World(dice, 30);
    const list = new ListStore();
    list.snapshot(world.snapshot());
    const order = new HeldOrder(list);
    const from = dice.below(20);
    const held = Array.from({ length: 1 + dice.below(5) }, (_, index) => order.at(from + index).row.id);
    order.hold(from, from + held.length - 1);
    for (let step = 0; step < 30; step += 1) {
      const before = world.seq;
      world.change();
      list.change(world.frame(before));
      const ids = shown(order).map(({ row }) => row.id);
      assert.equal(new Set(ids).size, ids.length, `seed ${dice.seed}: one is shown twice`);
      assert.deepEqual(ids.slice(order.first, order.first + held.length), held, `seed ${dice.seed}`);
      for (const [index, id] of ids.entries()) assert.equal(order.indexOf(id), index, `seed ${dice.seed}: ${id}`);
      const present = new Set(world.rows.keys());
      for (const id of present) assert.ok(ids.includes(id), `seed ${dice.seed}: ${id} is missing`);
      for (const { row, isGone } of shown(order)) assert.equal(isGone, !present.has(row.id), `seed ${dice.seed}`);
    }
  }
});
