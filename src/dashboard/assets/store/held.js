// The order in which rows are shown. It is that of the list, except for the rows between the pointer and the
// cursor: these stay where they are, also those that moved up or left, until the pointer goes elsewhere.

import { above, compare } from './order.js';

/** @typedef {import('../core/types.js').Conversation} Row */
/** @typedef {{row: Row, isGone: boolean}} Shown */

export class HeldOrder {
  /** @param {import('./list.js').ListStore} list */
  constructor(list) {
    this.list = list;
    /** Rows that stay, with the place that each had when it was held. @type {Row[]} */
    this.held = [];
    this.revision = -1;
    this.above = 0;
    /** Where held rows stand in the list, in order: they are shown only once. @type {number[]} */
    this.skips = [];
  }

  /** How many rows are shown. */
  get length() {
    this.#settle();
    return this.list.rows.length - this.skips.length + this.held.length;
  }

  /** At which place the first held row is shown, or -1. */
  get first() {
    this.#settle();
    return this.held.length ? this.above : -1;
  }

  /** How many rows would move or go if nothing were held. */
  get pending() {
    this.#settle();
    return this.held.filter((row) => {
      const now = this.list.byId.get(row.id);
      return !now || compare(now, row) !== 0;
    }).length;
  }

  /** @param {number} index @returns {Shown|null} null where nothing is loaded yet */
  at(index) {
    this.#settle();
    if (index < 0) return null;
    const inside = index - this.above;
    if (inside >= 0 && inside < this.held.length) {
      const row = this.held[inside];
      const now = this.list.byId.get(row.id);
      return { row: now ?? row, isGone: !now };
    }
    let place = inside < 0 ? index : index - this.held.length;
    for (const skip of this.skips) {
      if (skip > place) break;
      place += 1;
    }
    const row = this.list.rows[place];
    return row ? { row, isGone: false } : null;
  }

  /** @param {string} id @returns {number} where a row is shown, or -1 */
  indexOf(id) {
    this.#settle();
    const held = this.held.findIndex((row) => row.id === id);
    if (held >= 0) return this.above + held;
    const row = this.list.byId.get(id);
    if (!row) return -1;
    const place = above(this.list.rows, row);
    let index = place;
    for (const skip of this.skips) if (skip < place) index -= 1;
    // Held rows stand before everything that is not above them.
    return index >= this.above ? index + this.held.length : index;
  }

  /** Holds what is shown between two places, both included. @param {number} from @param {number} to */
  hold(from, to) {
    const rows = [];
    for (let index = from; index <= to; index += 1) {
      const shown = this.at(index);
      if (!shown) break;
      const before = this.held.find((row) => row.id === shown.row.id);
      rows.push(before ?? shown.row);
    }
    // A row that was held and moved up may stand before one that never was: the first tells where.
    this.held = rows;
    this.revision = -1;
  }

  release() {
    this.held = [];
    this.revision = -1;
  }

  #settle() {
    if (this.revision === this.list.revision) return;
    this.revision = this.list.revision;
    this.skips = [];
    if (!this.held.length) {
      this.above = 0;
      return;
    }
    for (const row of this.held) {
      const now = this.list.byId.get(row.id);
      if (now) this.skips.push(above(this.list.rows, now));
    }
    this.skips.sort((one, other) => one - other);
    const edge = above(this.list.rows, this.held[0]);
    this.above = edge - this.skips.filter((skip) => skip < edge).length;
  }
}
