// One rule of the list: a sentence, its place, whether it is on, how it did, what is wrong with it.

import { h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { ago, exactly } from '../core/time.js';
import { passedOver } from '../conversation/words.js';
import { ruleEditor } from './rule-editor.js';
import { thenInWords, whenInWords } from './rule-words.js';

/** @typedef {import('./rule-words.js').Rule} Rule */
/**
 * @typedef {object} RuleActions
 * @property {(from: number, to: number) => void} move
 * @property {(index: number) => void} remove
 * @property {(index: number) => void} toggleEditor
 * @property {() => void} changed
 */

/**
 * @param {import('../app.js').App} app
 * @param {Rule} rule
 * @param {{index: number, count: number, isEdited: boolean, problems: string[], teams: {id: string, name: string}[]}} state
 * @param {RuleActions} actions
 */
export function ruleCard(app, rule, state, actions) {
  const { index, count, isEdited, problems, teams } = state;
  const words = h('span.rule-text');
  const describe = () => words.replaceChildren(
    h('b', null, rule.name || 'A rule without a name'),
    h('span', null, `If ${whenInWords(rule.when)}, ${thenInWords(rule.then, app.people, teams)}.`),
  );
  describe();
  const toggle = h('input.switch', {
    type: 'checkbox', role: 'switch', checked: rule.enabled, 'aria-label': `${rule.name} is on`, disabled: !app.session.mayAdminister,
    onchange() {
      rule.enabled = toggle.checked;
      element.classList.toggle('is-off', !rule.enabled);
      actions.changed();
    },
  });
  const handle = h('button.icon-only.handle', {
    type: 'button', 'aria-label': `${rule.name}, place ${index + 1} of ${count}. Move with the arrow keys`, 'data-move': String(index),
    onkeydown(/** @type {KeyboardEvent} */ event) {
      const to = index + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0);
      if (to === index || to < 0 || to >= count) return;
      event.preventDefault();
      actions.move(index, to);
    },
  }, icon('drag'));
  const mayChange = app.session.mayAdminister;
  const element = h(
    'li.rule', { class: [rule.enabled ? '' : 'is-off', problems.length ? 'has-problem' : ''].join(' ').trim(), 'data-rule': rule.id ?? '' },
    h('div.rule-line', null, mayChange ? handle : h('span.place', null, String(index + 1)), words, toggle,
      mayChange ? h('button', { type: 'button', 'aria-expanded': String(isEdited), onclick: () => actions.toggleEditor(index) }, isEdited ? 'Done' : 'Edit') : null,
      mayChange ? h('button.icon-only', { type: 'button', 'aria-label': `Remove ${rule.name}`, onclick: () => actions.remove(index) }, icon('close')) : null),
    numbers(rule),
    ...(rule.warnings ?? []).map((warning) => h('p.warning-text', { 'data-warning': warning.code }, icon('flag'), warning.detail ?? String(warning))),
    ...problems.map((problem) => h('p.form-problem', { role: 'alert' }, problem)),
    isEdited ? ruleEditor(app, rule, teams, () => { describe(); actions.changed(); }) : null,
  );
  if (mayChange) makeDraggable(element, handle, index, actions.move);
  return element;
}

/** @param {Rule} rule */
function numbers(rule) {
  if (rule.matched_count === undefined) return h('p.rule-numbers', null, 'Not saved yet');
  const last = rule.last_matched_at ? `last ${ago(rule.last_matched_at)}` : 'never yet';
  const failure = rule.failed_count
    ? h('span.warning-text', null, `failed ${rule.failed_count} times${rule.last_failure ? `, last ${exactly(rule.last_failure.at)}: ${passedOver(rule.last_failure.reason)}` : ''}`) : null;
  return h('p.rule-numbers', null, h('span', null, `matched ${rule.matched_count} times, ${last}`), failure);
}

/** @param {HTMLElement} element @param {HTMLElement} handle @param {number} index @param {(from: number, to: number) => void} move */
function makeDraggable(element, handle, index, move) {
  handle.addEventListener('pointerdown', () => { element.draggable = true; });
  element.addEventListener('dragstart', (event) => {
    event.dataTransfer.setData('text/plain', String(index));
    element.classList.add('is-dragged');
  });
  element.addEventListener('dragend', () => {
    element.draggable = false;
    element.classList.remove('is-dragged');
  });
  element.addEventListener('dragover', (event) => {
    event.preventDefault();
    element.classList.add('is-over');
  });
  element.addEventListener('dragleave', () => element.classList.remove('is-over'));
  element.addEventListener('drop', (event) => {
    event.preventDefault();
    element.classList.remove('is-over');
    const from = Number(event.dataTransfer.getData('text/plain'));
    if (from !== index) move(from, index);
  });
}
