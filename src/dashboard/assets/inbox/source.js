// A list that is followed: frames from the socket, pages over HTTP, merged; and the order it is shown in.

import { Emitter } from '../core/dom.js';
import { HeldOrder } from '../store/held.js';
import { ListStore } from '../store/list.js';

/** @typedef {import('../core/types.js').Frame} Frame */

const PAGE = 200;
/** Rows that are kept although nobody looks at them. */
const KEEP = 600;

/** Tells of `change` with what came and went, and of `failed`. */
export class Source extends Emitter {
  /** @param {import('../app.js').App} app @param {string} filter */
  constructor(app, filter) {
    super();
    this.app = app;
    this.filter = filter;
    this.list = new ListStore();
    this.order = new HeldOrder(this.list);
    /** @type {string|null} */
    this.epoch = null;
    /** The last place that somebody wants to see. */
    this.wanted = 0;
    this.isReading = false;
  }

  get isLoaded() {
    return this.list.position !== null;
  }

  follow() {
    const receiver = { position: () => this.list.position, receive: (/** @type {Frame} */ frame) => this.#receive(frame) };
    this.app.live.subscribe(this.filter, receiver, this.epoch);
  }

  leave() {
    this.epoch = this.app.live.unsubscribe(this.filter);
    this.order.release();
    this.list.trim(KEEP);
  }

  /** Reads on until a place is loaded. @param {number} last */
  want(last) {
    this.wanted = last;
    this.list.trim(Math.max(KEEP, last + PAGE));
    this.#read();
  }

  /** @param {Frame} frame @returns {'ignored'|'applied'|'gap'|'wrong'|'verified'} */
  #receive(frame) {
    const { list } = this;
    if (frame.type === 'snapshot') {
      list.snapshot(frame);
      this.#changed(new Set());
      return 'applied';
    }
    if (frame.type === 'beacon') {
      const outcome = list.beacon(frame);
      if (outcome === 'wrong') return 'wrong';
      return outcome === 'nothing' ? 'ignored' : 'verified';
    }
    if (frame.type !== 'change') return 'ignored';
    /** @type {string[]} */
    const ids = frame.enter.map((/** @type {{id: string}} */ row) => row.id);
    const entered = new Set(ids.filter((id) => !list.byId.has(id)));
    const outcome = list.change(frame);
    if (outcome === 'applied') this.#changed(entered);
    return outcome;
  }

  /** @param {Set<string>} entered */
  #changed(entered) {
    this.emit('change', entered);
    this.#read();
  }

  async #read() {
    const { list } = this;
    if (this.isReading || !this.isLoaded || list.isWhole) return;
    if (!list.wantsPage && this.wanted + PAGE / 4 < list.rows.length) return;
    this.isReading = true;
    const reading = list.beginReading();
    const cursor = list.cursor;
    try {
      const after = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await this.app.api.get(`conversations?filter=${this.filter}&limit=${PAGE}${after}`);
      const isNews = list.endReading(reading, page);
      this.isReading = false;
      if (isNews) this.#changed(new Set());
      else this.#read();
    } catch (error) {
      list.readings.delete(reading);
      this.isReading = false;
      this.emit('failed', error);
    }
  }
}
