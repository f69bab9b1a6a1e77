// A field to type into with a list under it, in which the arrow keys move: for the picker and the palette.

import { fill, h } from '../core/dom.js';

/** @typedef {{id: string, label: string, render: () => any, run: () => void, group?: string}} Option */

let counter = 0;

export class Listbox {
  /** @param {{label: string, placeholder: string, onquery: (query: string) => Option[] | Promise<Option[]>}} options */
  constructor({ label, placeholder, onquery }) {
    counter += 1;
    this.id = `listbox-${counter}`;
    this.onquery = onquery;
    /** @type {Option[]} */
    this.options = [];
    this.lastQuery = '';
    this.active = 0;
    /** Whether the arrow keys were used: from then on the choice stays where it is. */
    this.hasMoved = false;
    this.asked = 0;
    this.input = h('input.listbox-input', {
      type: 'text', role: 'combobox', 'aria-label': label, placeholder, autocomplete: 'off', spellcheck: 'false',
      'aria-expanded': 'true', 'aria-controls': this.id, 'aria-autocomplete': 'list', autofocus: true,
      oninput: () => this.query(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
    });
    this.list = h('ul.listbox', { id: this.id, role: 'listbox', 'aria-label': label });
    this.nothing = h('p.listbox-nothing', { hidden: true, role: 'status' }, 'Nothing found');
    this.element = h('div.listbox-box', null, this.input, this.list, this.nothing);
  }

  /** Asks again for what fits what was typed; an answer that was overtaken is not shown. */
  async query() {
    this.asked += 1;
    const { asked } = this;
    const options = await this.onquery(this.input.value.trim());
    if (asked !== this.asked) return;
    const before = this.options[this.active]?.id;
    this.options = options;
    const kept = options.findIndex(({ id }) => id === before);
    const isSame = this.input.value === this.lastQuery;
    this.hasMoved &&= isSame;
    this.active = this.hasMoved && kept >= 0 ? kept : 0;
    this.lastQuery = this.input.value;
    this.#render();
  }

  #render() {
    let group = '';
    fill(this.list, ...this.options.flatMap((option, index) => {
      const heading = option.group && option.group !== group
        ? h('li.listbox-group', { role: 'presentation' }, option.group) : null;
      group = option.group ?? group;
      return [heading, h('li.option', {
        id: `${this.id}-${index}`, role: 'option', 'aria-selected': String(index === this.active), 'data-option': option.id,
        onclick: () => option.run(),
        onpointermove: () => this.active !== index && this.#activate(index, false),
      }, option.render())];
    }));
    this.nothing.hidden = this.options.length > 0;
    this.#point(true);
  }

  /** @param {number} index @param {boolean} reveals */
  #activate(index, reveals) {
    const all = this.list.querySelectorAll('[role=option]');
    all[this.active]?.setAttribute('aria-selected', 'false');
    this.active = index;
    this.hasMoved = true;
    all[index]?.setAttribute('aria-selected', 'true');
    this.#point(reveals);
  }

  /** @param {boolean} reveals */
  #point(reveals) {
    const option = this.options.length ? `${this.id}-${this.active}` : '';
    if (option) this.input.setAttribute('aria-activedescendant', option);
    else this.input.removeAttribute('aria-activedescendant');
    if (reveals) document.getElementById(option)?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const last = this.options.length - 1;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && last >= 0) {
      event.preventDefault();
      this.#activate((this.active + step + last + 1) % (last + 1), true);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      this.options[this.active]?.run();
    }
  }
}

/** Whether each word of a query begins a word of the text. @param {string} text @param {string} query */
export function fits(text, query) {
  const plain = (/** @type {string} */ value) => value.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain(text).split(/[\s@.#,:·-]+/);
  return plain(query).split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part.replace('#', ''))));
}
