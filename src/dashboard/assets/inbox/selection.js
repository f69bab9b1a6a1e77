// Which rows are selected: single ones, and ranges from the last one that was touched.

import { Emitter } from '../core/dom.js';

/** Tells of `change`. */
export class Selection extends Emitter {
  constructor() {
    super();
    /** @type {Set<string>} */
    this.ids = new Set();
    /** From where a range is drawn. @type {string|null} */
    this.anchor = null;
    /** The whole list by its filter, also what is not loaded. */
    this.isAll = false;
  }

  get size() {
    return this.ids.size;
  }

  /** @param {string} id */
  toggle(id) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = id;
    this.isAll = false;
    this.emit('change');
  }

  /** Adds all from the anchor to a row. @param {string} id @param {import('../store/held.js').HeldOrder} order */
  extend(id, order) {
    const from = this.anchor ? order.indexOf(this.anchor) : -1;
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.toggle(id);
      return;
    }
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
      const shown = order.at(index);
      if (shown) this.ids.add(shown.row.id);
    }
    this.isAll = false;
    this.emit('change');
  }

  /** @param {Iterable<string>} ids @param {boolean} isAll */
  take(ids, isAll) {
    this.ids = new Set(ids);
    this.isAll = isAll;
    this.emit('change');
  }

  clear() {
    if (!this.ids.size && !this.isAll) return;
    this.ids.clear();
    this.anchor = null;
    this.isAll = false;
    this.emit('change');
  }
}
