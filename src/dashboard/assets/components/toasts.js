// Short messages that say what happened, with what can be done about it, by key too.

import { h, keyed } from '../core/dom.js';
import { icon } from '../core/icons.js';

/** @typedef {{name: string, key?: string, run: () => void}} ToastAction */
/** @typedef {{text: string, detail?: string, isProblem?: boolean, lasts?: number, actions?: ToastAction[]}} ToastOptions */
/** @typedef {ToastOptions & {id: string, timer: number}} Toast */

const LASTS = 5_000;
const MOST = 4;

export class Toasts {
  /** @param {import('../core/keyboard.js').Keyboard} keyboard */
  constructor(keyboard) {
    /** @type {Toast[]} */
    this.all = [];
    this.count = 0;
    this.list = h('ul.toasts', { 'aria-label': 'Messages' });
    // Said by screen readers; the messages themselves come and go.
    this.polite = h('div.unseen', { role: 'status', 'aria-live': 'polite' });
    this.urgent = h('div.unseen', { role: 'alert', 'aria-live': 'assertive' });
    this.element = h('section.messages', { 'aria-label': 'Messages' }, this.list, this.polite, this.urgent);
    for (const key of ['Z', 'L', 'O']) {
      const find = () => this.all.findLast((toast) => toast.actions?.some((action) => action.key === key));
      keyboard.bind([{
        keys: [key],
        name: { Z: 'Undo the last change', L: 'Look at what somebody else took', O: 'Take it openly' }[key],
        group: 'Messages',
        when: () => find() !== undefined,
        run: () => {
          const toast = find();
          this.#run(toast, toast.actions.find((action) => action.key === key));
        },
      }]);
    }
  }

  /** @param {ToastOptions} options */
  show(options) {
    this.count += 1;
    const lasts = options.lasts ?? (options.isProblem ? LASTS * 2 : LASTS);
    /** @type {Toast} */
    const toast = { ...options, lasts, id: String(this.count), timer: 0 };
    toast.timer = window.setTimeout(() => this.dismiss(toast), lasts);
    this.all = [...this.all, toast].slice(-MOST);
    this.announce([toast.text, toast.detail].filter(Boolean).join(': '), options.isProblem);
    this.#render();
  }

  /** Says something to those who cannot see it. @param {string} text @param {boolean} [isUrgent] */
  announce(text, isUrgent) {
    const region = isUrgent ? this.urgent : this.polite;
    // The same words again are said again only when they differ.
    region.textContent = region.textContent === text ? `${text} ` : text;
  }

  /** @param {Toast} toast */
  dismiss(toast) {
    clearTimeout(toast.timer);
    this.all = this.all.filter((other) => other !== toast);
    this.#render();
  }

  /** @param {Toast} toast @param {ToastAction} action */
  #run(toast, action) {
    this.dismiss(toast);
    action.run();
  }

  #render() {
    keyed(this.list, this.all, (toast) => toast.id, (toast) => this.#create(toast));
  }

  /** @param {Toast} toast */
  #create(toast) {
    const item = h(
      'li.toast',
      { class: toast.isProblem ? 'problem' : '', style: { '--lasts': `${toast.lasts}ms` } },
      h('div.toast-text', null, h('strong', null, toast.text), toast.detail && h('span', null, toast.detail)),
      h('div.toast-actions', null, ...(toast.actions ?? []).map((action) => h(
        'button.quiet',
        { type: 'button', onclick: () => this.#run(toast, action) },
        action.name,
        action.key && h('kbd', null, action.key.toLowerCase()),
      ))),
      h('button.icon-only', { type: 'button', 'aria-label': 'Dismiss', onclick: () => this.dismiss(toast) }, icon('close')),
      toast.actions?.length ? h('i.countdown', { 'aria-hidden': 'true' }) : null,
    );
    // Nobody should have to race a timer while reading (WCAG 2.2.1).
    const hold = () => {
      clearTimeout(toast.timer);
      item.classList.add('is-read');
    };
    const release = () => {
      toast.timer = window.setTimeout(() => this.dismiss(toast), toast.lasts / 2);
    };
    item.addEventListener('pointerenter', hold);
    item.addEventListener('focusin', hold);
    item.addEventListener('pointerleave', release);
    item.addEventListener('focusout', release);
    return item;
  }
}
