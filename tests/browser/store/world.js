// A server's list in memory, and chance that can be repeated.

import { sumOf } from '../../../src/dashboard/assets/store/digest.js';
import { compare } from '../../../src/dashboard/assets/store/order.js';

export class Dice {
  /** @param {number} seed */
  constructor(seed) {
    this.seed = seed;
    this.state = seed >>> 0;
  }

  /** @param {number} limit */
  below(limit) {
    // mulberry32.
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let value = this.state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  }
}

/** @param {string} id @param {number} at @param {number} [version] @returns {any} */
export function row(id, at, version = 1) {
  return { id, version, last_activity_at: new Date(at * 1_000).toISOString() };
}

export class World {
  /** @param {Dice} dice @param {number} count */
  constructor(dice, count) {
    this.dice = dice;
    this.seq = 1;
    this.clock = 1;
    /** @type {Map<string, any>} */
    this.rows = new Map();
    /** What each commit touched. @type {{seq: number, id: string}[]} */
    this.log = [];
    /** Rows that are not in the list now. @type {Map<string, any>} */
    this.outside = new Map();
    for (let number = 0; number < count; number += 1) this.#put(row(`c${number}`, (this.clock += 1)));
  }

  /** @param {any} one */
  #put(one) {
    this.rows.set(one.id, one);
  }

  sorted() {
    return [...this.rows.values()].sort(compare);
  }

  /** Something is created, answered, assigned away or brought back. */
  change() {
    const { dice } = this;
    this.seq += 1;
    const ids = [...this.rows.keys()];
    const what = dice.below(4);
    let id = ids[dice.below(ids.length)];
    if (what === 0) {
      id = `n${this.seq}`;
      this.#put(row(id, (this.clock += 1)));
    } else if (what === 1) {
      const before = this.rows.get(id);
      this.#put({ ...before, version: before.version + 1, last_activity_at: row('', (this.clock += 1)).last_activity_at });
    } else if (what === 2 && ids.length > 5) {
      const before = this.rows.get(id);
      this.rows.delete(id);
      this.outside.set(id, { ...before, version: before.version + 1 });
    } else {
      const away = [...this.outside.keys()];
      if (!away.length) return;
      id = away[dice.below(away.length)];
      const before = this.outside.get(id);
      this.outside.delete(id);
      // It comes back to where it was: assigning moves no row up.
      this.#put({ ...before, version: before.version + 1 });
    }
    this.log.push({ seq: this.seq, id });
  }

  snapshot() {
    return { type: 'snapshot', seq: this.seq, total: this.rows.size, items: this.sorted().slice(0, 100) };
  }

  /** What happened since, folded. @param {number} prev */
  frame(prev) {
    const ids = [...new Set(this.log.filter(({ seq }) => seq > prev).map(({ id }) => id))];
    const inside = ids.filter((id) => this.rows.has(id)).map((id) => this.rows.get(id));
    return { type: 'change', prev, seq: this.seq, enter: inside, update: /** @type {any[]} */ ([]), leave: ids.filter((id) => !this.rows.has(id)), total: this.rows.size };
  }

  /** @param {string|null} cursor */
  page(cursor) {
    const after = cursor ? JSON.parse(cursor) : null;
    const following = this.sorted().filter((one) => !after || compare(one, after) > 0);
    const items = following.slice(0, 60);
    const last = items.at(-1);
    return { seq: this.seq, total: this.rows.size, items, next_cursor: following.length > items.length ? JSON.stringify({ id: last.id, last_activity_at: last.last_activity_at }) : null };
  }

  beacon() {
    const rows = this.sorted();
    const count = Math.min(100, rows.length);
    return { type: 'beacon', seq: this.seq, total: rows.length, hash: sumOf(rows, rows.length), head: { count, hash: sumOf(rows, count) } };
  }
}
