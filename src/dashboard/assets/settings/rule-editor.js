// One rule, being changed: its name, its condition, its action.

import { fill, h } from '../core/dom.js';
import { choice, field } from './parts.js';
import { ACTIONS, CHANNELS, CONDITIONS, OPERATORS, PRIORITIES, kindOf } from './rule-words.js';

/** @typedef {import('./rule-words.js').Rule} Rule */

/**
 * @param {import('../app.js').App} app
 * @param {Rule} rule changed in place
 * @param {{id: string, name: string}[]} teams
 * @param {() => void} onchange
 */
export function ruleEditor(app, rule, teams, onchange) {
  const when = h('div.columns');
  const then = h('div.columns');
  const name = text('Name', rule.name, (value) => { rule.name = value; });

  /** @param {string} label @param {string} value @param {(value: string) => void} take */
  function text(label, value, take) {
    const input = h('input', { type: 'text', value, oninput: () => { take(input.value); onchange(); } });
    return field(label, input);
  }

  /** @param {string} label @param {string[]|[string, string][]} values @param {string} value @param {(value: string) => void} take */
  function select(label, values, value, take) {
    return field(label, choice(label, values, value, (chosen) => { take(chosen); onchange(); }));
  }

  function drawWhen() {
    const { condition } = rule.when;
    const set = (/** @type {string} */ key) => (/** @type {string} */ value) => { rule.when = { ...rule.when, [key]: value }; };
    const kind = select('When', CONDITIONS, condition, (value) => {
      rule.when = emptyCondition(value);
      drawWhen();
    });
    const value = rule.when.value ?? '';
    /** @type {Record<string, () => any[]>} */
    const all = {
      channel_is: () => [select('Channel', CHANNELS, value, set('value'))],
      priority_at_least: () => [select('Priority', PRIORITIES, value, set('value'))],
      first_message: () => [],
      subject_contains: () => [text('Text', value, set('value'))],
      from_domain: () => [text('Domain', value, set('value'))],
      custom_field: () => [text('Field', rule.when.field ?? '', set('field')), select('Compares', OPERATORS, rule.when.operator ?? 'equals', set('operator')), text('Value', value, set('value'))],
    };
    fill(when, kind, ...(all[condition]?.() ?? []));
  }

  function drawThen() {
    const kind = kindOf(rule.then);
    const what = select('Then', ACTIONS, kind, (value) => {
      rule.then = emptyAction(value, app);
      drawThen();
    });
    const people = /** @type {[string, string][]} */ (app.people.assignable.map(({ id, name: called }) => [id, called]));
    const known = /** @type {[string, string][]} */ ([['default', 'the whole workspace'], ...teams.filter(({ id }) => id !== 'default').map(({ id, name: called }) => [id, called])]);
    /** @type {Record<string, () => any>} */
    const all = {
      assign_user: () => select('Person', unlisted(people, rule.then.user, app), rule.then.user ?? '', (user) => { rule.then = { action: 'assign', user }; }),
      round_robin: () => select('Team', known, rule.then.round_robin ?? 'default', (team) => { rule.then = { action: 'assign', round_robin: team }; }),
      set_priority: () => select('Priority', PRIORITIES, rule.then.priority ?? 'high', (priority) => { rule.then = { action: 'set_priority', priority }; }),
      add_tag: () => text('Tag', rule.then.tag ?? '', (tag) => { rule.then = { action: 'add_tag', tag }; }),
    };
    fill(then, what, all[kind]?.());
  }

  drawWhen();
  drawThen();
  return h('div.rule-edit', null, name, when, then);
}

/** Somebody who cannot be assigned any more is still whom the rule names. @param {[string, string][]} people @param {string|undefined} user @param {import('../app.js').App} app @returns {[string, string][]} */
function unlisted(people, user, app) {
  if (!user || people.some(([id]) => id === user)) return people;
  return [...people, [user, `${app.people.nameOf(user)} (cannot be assigned)`]];
}

/** @param {string} condition */
function emptyCondition(condition) {
  switch (condition) {
    case 'channel_is': return { condition, value: CHANNELS[0] };
    case 'priority_at_least': return { condition, value: 'high' };
    case 'first_message': return { condition };
    case 'custom_field': return { condition, field: '', operator: 'equals', value: '' };
    default: return { condition, value: '' };
  }
}

/** @param {string} kind @param {import('../app.js').App} app */
function emptyAction(kind, app) {
  switch (kind) {
    case 'assign_user': return { action: 'assign', user: app.people.assignable[0]?.id ?? '' };
    case 'round_robin': return { action: 'assign', round_robin: 'default' };
    case 'set_priority': return { action: 'set_priority', priority: 'high' };
    default: return { action: 'add_tag', tag: '' };
  }
}
