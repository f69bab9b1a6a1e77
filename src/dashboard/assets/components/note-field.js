// A text field in which @ finds people. What is sent has their ids; what is shown has their names.

import { fill, h } from '../core/dom.js';
import { avatar } from './avatar.js';
import { fits } from './listbox.js';

const FOUND_MOST = 6;
let counter = 0;

export class NoteField {
  /** @param {import('../app.js').App} app @param {{label: string, placeholder: string, oninput?: () => void, onsend?: () => void, canMention?: () => boolean}} options */
  constructor(app, { label, placeholder, oninput, onsend, canMention }) {
    counter += 1;
    this.app = app;
    this.canMention = canMention ?? (() => true);
    /** @type {{id: string, name: string}[]} */
    this.found = [];
    this.active = 0;
    this.onsend = onsend;
    this.text = h('textarea.note-text', {
      'aria-label': label, placeholder, rows: '3', 'aria-controls': `mentions-${counter}`,
      oninput: () => {
        this.#suggest();
        oninput?.();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
      onblur: () => this.#close(),
    });
    this.list = h('ul.mentions', { id: `mentions-${counter}`, role: 'listbox', 'aria-label': 'People to mention', hidden: true });
    this.element = h('div.note-field', null, this.text, this.list);
  }

  /** What was written, and who is in it. @returns {{body: string, mentions: string[]}} */
  get value() {
    const body = this.text.value.trim();
    const mentions = this.app.people.active.filter(({ name }) => body.includes(`@${name}`)).map(({ id }) => id);
    return { body, mentions };
  }

  focus() {
    this.text.focus();
  }

  /** The word after an @ just before the caret. */
  get #begun() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    return /(?:^|\s)@([\p{L}\p{N}.'-]*(?: [\p{L}\p{N}.'-]*)?)$/u.exec(before)?.[1];
  }

  #suggest() {
    const begun = this.canMention() ? this.#begun : undefined;
    const isWritten = begun !== undefined && this.app.people.active.some(({ name }) => begun.startsWith(name));
    this.found = begun === undefined || isWritten ? []
      : this.app.people.active.filter(({ name }) => fits(name, begun)).slice(0, FOUND_MOST);
    this.active = 0;
    this.#render();
  }

  #render() {
    this.list.hidden = this.found.length === 0;
    fill(this.list, ...this.found.map((person, index) => h('li.option', {
      role: 'option', 'aria-selected': String(index === this.active),
      onpointerdown: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#take(person);
      },
    }, avatar(person, 'small'), h('span.option-name', null, person.name))));
    if (this.found.length) {
      this.app.toasts.announce(`Mention ${this.found[this.active].name}?`);
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (this.found.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        this.active = (this.active + step + this.found.length) % this.found.length;
        this.#render();
      } else if (event.key === 'Enter' || event.key === 'Tab') {
        this.#take(this.found[this.active]);
      } else if (event.key === 'Escape') {
        this.#close();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      this.onsend?.();
    }
  }

  /** @param {{name: string}} person */
  #take(person) {
    const caret = this.text.selectionStart;
    const start = caret - (this.#begun?.length ?? 0);
    this.text.setRangeText(`${person.name} `, start, caret, 'end');
    this.#close();
    this.text.dispatchEvent(new Event('input'));
  }

  #close() {
    this.found = [];
    this.list.hidden = true;
  }
}
