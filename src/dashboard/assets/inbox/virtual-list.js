// `<ochre-list>`: a list of any length of which only what can be seen is in the page.

import { h, schedule } from '../core/dom.js';

/**
 * @typedef {object} Rows
 * @property {() => number} count how many rows there are, loaded or not
 * @property {(index: number) => any} at the row at a place, null when it is not loaded
 * @property {(row: any) => string} keyOf
 * @property {() => HTMLElement} create
 * @property {(element: HTMLElement, row: any, index: number) => void} update
 * @property {() => string|null} kept the key of a row that stays in the page wherever it is: it has the focus
 * @property {(key: string) => number} indexOf
 */

/** Rows beyond the edge that are drawn ahead of scrolling. */
const AHEAD = 6;
/** How long a row takes to fade. */
const FADE = 220;

/** Tells of `drawn` with the first and last place that can be seen. */
export class VirtualList extends HTMLElement {
  /** @param {Rows} rows @param {number} rowHeight */
  configure(rows, rowHeight) {
    this.rows = rows;
    this.rowHeight = rowHeight;
    /** @type {Map<string, HTMLElement>} */
    this.elements = new Map();
    this.space = h('ul.rows', { role: 'list' });
    this.append(this.space);
    /** Room above the first row, where rows left that could not be scrolled away. */
    this.pad = 0;
    this.isCalm = true;
    /** So much comes and goes that nobody could follow it: then rows are placed and not moved. */
    this.isBusy = false;
    // Asking the page where it is scrolled to makes it lay everything out; so it is remembered.
    this.top = 0;
    this.height = 0;
    this.addEventListener('scroll', () => {
      this.top = this.scrollTop;
      this.isCalm = false;
      schedule(this.draw);
    }, { passive: true });
    new ResizeObserver(([entry]) => {
      this.height = entry.contentRect.height;
      schedule(this.draw);
    }).observe(this);
  }

  /** The first and the last place that can be seen. @returns {[number, number]} */
  get range() {
    const first = Math.floor((this.top - this.pad) / this.rowHeight);
    const last = Math.ceil((this.top - this.pad + this.height) / this.rowHeight) - 1;
    return [Math.max(0, first), Math.min(this.rows.count() - 1, last)];
  }

  /** The place under a point of the window, or -1. @param {number} y */
  placeAt(y) {
    const index = Math.floor((y - this.getBoundingClientRect().top + this.top - this.pad) / this.rowHeight);
    return index >= 0 && index < this.rows.count() ? index : -1;
  }

  /** Keeps what is seen in place while so many rows came or went above it. @param {number} rows */
  shift(rows) {
    if (!rows) return;
    const wanted = this.top + rows * this.rowHeight;
    this.pad = Math.max(0, this.pad - Math.min(0, wanted));
    this.#resize();
    this.moveTo(Math.max(0, wanted));
    this.isCalm = false;
  }

  /** @param {number} top */
  moveTo(top) {
    this.top = top;
    this.scrollTop = top;
  }

  /** Gives back the room above the first row. */
  close() {
    if (!this.pad) return;
    const { pad } = this;
    this.pad = 0;
    this.moveTo(Math.max(0, this.top - pad));
  }

  /** @param {number} index */
  reveal(index) {
    const top = this.pad + index * this.rowHeight;
    if (top < this.top) this.moveTo(top);
    else if (top + this.rowHeight > this.top + this.height) this.moveTo(top + this.rowHeight - this.height);
  }

  draw = () => {
    if (!this.isConnected) return;
    this.#resize();
    const [first, last] = this.range;
    const count = this.rows.count();
    // Rows glide to a new place only when nothing was scrolled: else they would glide all the time.
    this.classList.toggle('glides', this.isCalm && !this.isBusy);
    this.isCalm = true;
    const wanted = new Map();
    for (let index = Math.max(0, first - AHEAD); index <= Math.min(count - 1, last + AHEAD); index += 1) {
      this.#place(wanted, index);
    }
    const kept = this.rows.kept();
    if (kept && !wanted.has(kept) && this.elements.has(kept)) {
      const index = this.rows.indexOf(kept);
      if (index >= 0) this.#place(wanted, index);
    }
    for (const [key, element] of this.elements) if (!wanted.has(key)) this.#drop(key, element);
    this.elements = wanted;
    this.dispatchEvent(new CustomEvent('drawn', { detail: [first, last] }));
  };

  /** @param {Map<string, HTMLElement>} wanted @param {number} index */
  #place(wanted, index) {
    const row = this.rows.at(index);
    const key = row ? this.rows.keyOf(row) : `blank-${index}`;
    let element = this.elements.get(key);
    if (!element) {
      element = row ? this.rows.create() : h('li.row.blank', { 'aria-hidden': 'true' });
      this.space.append(element);
      element.style.height = `${this.rowHeight}px`;
    }
    element.style.transform = `translateY(${this.pad + index * this.rowHeight}px)`;
    element.setAttribute('aria-setsize', String(this.rows.count()));
    element.setAttribute('aria-posinset', String(index + 1));
    if (row) this.rows.update(element, row, index);
    wanted.set(key, element);
  }

  /** @param {string} key @param {HTMLElement} element */
  #drop(key, element) {
    const hadFocus = element.contains(document.activeElement);
    const isSeen = this.classList.contains('glides') && !key.startsWith('blank-');
    if (isSeen && !hadFocus) {
      element.classList.add('leaves');
      element.inert = true;
      setTimeout(() => element.remove(), FADE);
    } else {
      element.remove();
    }
    // Focus is never lost: it goes to the list, from where the keys go on.
    if (hadFocus) this.focus({ preventScroll: true });
  }

  #resize() {
    const height = `${this.pad + this.rows.count() * this.rowHeight}px`;
    if (this.space.style.height !== height) this.space.style.height = height;
  }
}

customElements.define('ochre-list', VirtualList);
