// What the dashboard holds of one open conversation: its state, and every entry of its history once.

import { sumOf } from './digest.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */
/** @typedef {import('../core/types.js').Entry} Entry */
/** @typedef {import('../core/types.js').Frame} Frame */

/** A snapshot has so many entries at most. */
const NEWEST = 100;

export class ThreadStore {
  constructor() {
    /** @type {number|null} */
    this.position = null;
    /** The commit of the last event: another entry of it comes with the same position. @type {number|null} */
    this.lastEvent = null;
    /** @type {Conversation|null} */
    this.conversation = null;
    /** Oldest first. @type {Entry[]} */
    this.entries = [];
    /** Whether older entries are on the server. */
    this.hasEarlier = false;
    /** Who else is here. @type {{id: string, name: string, state: string}[]} */
    this.users = [];
    this.revision = 0;
  }

  /** @param {Frame} frame */
  snapshot(frame) {
    this.position = frame.seq;
    this.lastEvent = null;
    this.conversation = frame.items[0] ?? null;
    const newest = [...(frame.history ?? [])].sort((one, other) => one.seq - other.seq);
    const first = newest[0];
    // Earlier ones that were read before stay, as long as nothing is missing between.
    const earlier = this.entries.filter((entry) => first && entry.version < first.version);
    const joins = earlier.length && earlier.at(-1).version === first.version - 1;
    this.entries = joins ? [...earlier, ...newest] : newest;
    this.hasEarlier = newest.length >= NEWEST && this.entries[0]?.version > 1;
    this.users = frame.users ?? [];
    this.revision += 1;
  }

  /** @param {Frame} frame @returns {'ignored'|'applied'|'gap'} */
  event(frame) {
    if (this.position === null) return 'ignored';
    const isSameCommit = this.lastEvent === frame.seq;
    if (frame.seq <= this.position && !isSameCommit) return 'ignored';
    if (frame.prev > this.position) return 'gap';
    this.entries.push(frame.entry);
    this.conversation = frame.conversation;
    this.position = frame.seq;
    this.lastEvent = frame.seq;
    this.revision += 1;
    return 'applied';
  }

  /** @param {Frame} frame @returns {'all'|'nothing'|'wrong'} */
  beacon(frame) {
    if (this.position === null || frame.seq < this.position || !this.conversation) return 'nothing';
    this.position = frame.seq;
    return sumOf([this.conversation], 1) === frame.hash ? 'all' : 'wrong';
  }

  /** Puts in front what was read over HTTP. @param {Entry[]} all oldest first, from the first one on */
  earlier(all) {
    const first = this.entries[0];
    const before = all.filter((entry) => !first || entry.seq < first.seq);
    this.entries = [...before, ...this.entries];
    this.hasEarlier = false;
    this.revision += 1;
  }
}
