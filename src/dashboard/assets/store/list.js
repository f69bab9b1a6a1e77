// What the dashboard holds of one list, and the rules by which frames and pages change it.
//
// It holds every member down to a place in the order, its horizon, and nothing below; without a horizon it
// holds them all. What a frame says of a row below the horizon is for later, when a page brings it.

import { sumOf } from './digest.js';
import { above, compare } from './order.js';

/** @typedef {import('../core/types.js').Conversation} Row */
/** @typedef {import('../core/types.js').Frame} Frame */
/** @typedef {{meanwhile: Map<string, {seq: number, row: Row|null}>}} Reading */

/** How many rows a beacon's head covers. */
export const HEAD = 100;
/** Beyond so many rows only the head of a whole list is compared: a check must not be felt. */
const WHOLE_MAX = 3_000;

export class ListStore {
  constructor() {
    /** The last commit that is in it; null before the snapshot. @type {number|null} */
    this.position = null;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Map<string, Row>} */
    this.byId = new Map();
    this.total = 0;
    /** @type {import('./order.js').Place|null} */
    this.horizon = null;
    /** Goes up with every change, for those who keep something worked out from the rows. */
    this.revision = 0;
    /** Pages may be ahead of the frames; a beacon of before cannot be compared. */
    this.ahead = 0;
    /** @type {Set<Reading>} */
    this.readings = new Set();
    /** Places from which a page can be read on, from the top down. @type {{place: import('./order.js').Place, cursor: string}[]} */
    this.bookmarks = [];
  }

  get isWhole() {
    return this.horizon === null;
  }

  /** Whether too few rows are held to compare a beacon's head. */
  get wantsPage() {
    return this.position !== null && this.rows.length < Math.min(this.total, HEAD);
  }

  /** @param {Frame} frame */
  snapshot(frame) {
    this.position = frame.seq;
    this.total = frame.total;
    this.ahead = 0;
    this.bookmarks = [];
    this.rows = [...frame.items].sort(compare);
    this.byId = new Map(this.rows.map((row) => [row.id, row]));
    this.readings.clear();
    this.#drawHorizon();
    this.revision += 1;
  }

  /** @param {Frame} frame @returns {'ignored'|'applied'|'gap'} */
  change(frame) {
    if (this.position === null || frame.seq <= this.position) return 'ignored';
    if (frame.prev > this.position) return 'gap';
    for (const id of frame.leave) {
      this.#remember(id, frame.seq, null);
      this.#remove(id);
    }
    for (const row of frame.enter) this.#take(row, frame.seq);
    for (const row of frame.update) this.#take(row, frame.seq);
    this.position = frame.seq;
    this.total = frame.total;
    if (this.rows.length >= this.total) this.horizon = null;
    this.revision += 1;
    return 'applied';
  }

  /** @param {Frame} frame @returns {'all'|'head'|'nothing'|'wrong'} */
  beacon(frame) {
    if (this.position === null || frame.seq < this.position) return 'nothing';
    this.position = frame.seq;
    if (frame.seq < this.ahead) return 'nothing';
    if (frame.total !== this.total) return 'wrong';
    if (this.isWhole && this.rows.length <= WHOLE_MAX) {
      return sumOf(this.rows, this.rows.length) === frame.hash ? 'all' : 'wrong';
    }
    const count = Math.min(HEAD, frame.total);
    if (this.rows.length < count) return 'nothing';
    return sumOf(this.rows, count) === frame.head.hash ? 'head' : 'wrong';
  }

  /** A page is asked for: from now on what frames say is remembered until it is there. @returns {Reading} */
  beginReading() {
    const reading = { meanwhile: new Map() };
    this.readings.add(reading);
    return reading;
  }

  /** From where to read on, so that no row between what is held and the page is missed. @returns {string|null} */
  get cursor() {
    const horizon = this.horizon;
    const usable = this.bookmarks.filter(({ place }) => !horizon || compare(place, horizon) <= 0);
    return usable.at(-1)?.cursor ?? null;
  }

  /** @param {Reading} reading @param {import('../core/types.js').Page} page @returns {boolean} false when it came too late */
  endReading(reading, page) {
    if (!this.readings.delete(reading) || this.position === null) return false;
    const last = page.items.at(-1);
    for (const row of page.items) {
      const news = reading.meanwhile.get(row.id);
      if (news && news.seq > page.seq) continue;
      this.#put(row);
    }
    // What frames said of rows below the old horizon counts from here on.
    for (const [id, news] of reading.meanwhile) {
      const isHere = news.row && (!page.next_cursor || !last || compare(news.row, last) <= 0);
      if (isHere && news.seq > page.seq && !this.byId.has(id)) this.#put(news.row);
    }
    this.ahead = Math.max(this.ahead, page.seq ?? 0);
    if (!page.next_cursor || !last) {
      this.horizon = null;
    } else {
      if (this.horizon && compare(last, this.horizon) > 0) this.horizon = placeOf(last);
      this.bookmarks = this.bookmarks.filter(({ place }) => compare(place, last) !== 0);
      this.bookmarks.push({ place: placeOf(last), cursor: page.next_cursor });
      this.bookmarks.sort((one, other) => compare(one.place, other.place));
    }
    this.revision += 1;
    return true;
  }

  /** Lets the oldest rows go. @param {number} keep */
  trim(keep) {
    if (this.rows.length <= Math.max(keep, HEAD) * 1.5) return;
    for (const row of this.rows.splice(Math.max(keep, HEAD))) this.byId.delete(row.id);
    this.horizon = placeOf(this.rows.at(-1));
    // A page that is on its way begins below what is held now: a hole would be between.
    this.readings.clear();
    this.revision += 1;
  }

  /** @param {Row} row @param {number} seq */
  #take(row, seq) {
    this.#remember(row.id, seq, row);
    if (this.horizon && compare(row, this.horizon) > 0) this.#remove(row.id);
    else this.#put(row);
  }

  /** @param {string} id @param {number} seq @param {Row|null} row */
  #remember(id, seq, row) {
    for (const reading of this.readings) reading.meanwhile.set(id, { seq, row });
  }

  /** @param {Row} row */
  #put(row) {
    const held = this.byId.get(row.id);
    if (held && held.version > row.version) return;
    if (held && compare(held, row) === 0) {
      this.rows[above(this.rows, held)] = row;
    } else {
      if (held) this.#remove(row.id);
      this.rows.splice(above(this.rows, row), 0, row);
    }
    this.byId.set(row.id, row);
  }

  /** @param {string} id */
  #remove(id) {
    const held = this.byId.get(id);
    if (!held) return;
    this.rows.splice(above(this.rows, held), 1);
    this.byId.delete(id);
  }

  #drawHorizon() {
    const last = this.rows.at(-1);
    this.horizon = this.rows.length < this.total && last ? placeOf(last) : null;
  }
}

/** @param {Row} row @returns {import('./order.js').Place} */
const placeOf = (row) => ({ last_activity_at: row.last_activity_at, id: row.id });
