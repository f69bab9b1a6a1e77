// A dialog over the page: focus goes in, stays in, and goes back to where it was.

import { h } from '../core/dom.js';
import { icon } from '../core/icons.js';

/**
 * @param {{title: string, content: any, kind?: string, onclose?: () => void, isBare?: boolean}} options
 *   isBare: without a heading that is seen
 */
export function openDialog({ title, content, kind, onclose, isBare }) {
  const before = document.activeElement;
  const close = () => dialog.close();
  const heading = isBare ? null : h(
    'header.dialog-head', null,
    h('h2', null, title),
    h('button.icon-only', { type: 'button', 'aria-label': 'Close', onclick: close }, icon('close')),
  );
  const dialog = h('dialog.dialog', { class: kind ?? '', 'aria-label': title }, heading, content);
  dialog.addEventListener('click', (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    onclose?.();
    const isLost = !document.activeElement || document.activeElement === document.body;
    if (isLost && before instanceof HTMLElement && before.isConnected) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { element: dialog, close };
}

/**
 * Asks before something that cannot be taken back.
 *
 * @param {string} question @param {string} consequence @param {string} action
 * @returns {Promise<boolean>}
 */
export function confirmed(question, consequence, action) {
  return new Promise((resolve) => {
    let answer = false;
    const say = (/** @type {boolean} */ value) => () => {
      answer = value;
      dialog.close();
    };
    const content = h(
      'div.dialog-body', null,
      h('p', null, consequence),
      h('footer.dialog-foot', null,
        h('button', { type: 'button', onclick: say(false) }, 'Cancel'),
        h('button.danger', { type: 'button', autofocus: true, onclick: say(true) }, action)),
    );
    const dialog = openDialog({ title: question, content, kind: 'narrow', onclose: () => resolve(answer) });
  });
}
