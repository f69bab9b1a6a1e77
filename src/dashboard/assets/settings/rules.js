// The rules of routing: an ordered list that is changed, tried and saved as a whole.

import { fill, h, keyed } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { page, refusal } from './parts.js';
import { ruleCard } from './rule-card.js';
import { draftOf } from './rule-words.js';
import { openSimulation } from './simulate.js';

/** @typedef {import('./rule-words.js').Rule} Rule */

/** @type {{items: any[]}} */
const NO_TEAMS = { items: [] };

/** @param {import('../app.js').App} app */
export async function rulesPage(app) {
  return new RulesPage(app).open();
}

class RulesPage {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    /** @type {Rule[]} */
    this.rules = [];
    this.etag = null;
    /** @type {Rule|null} */
    this.edited = null;
    /** @type {Map<number, string[]>} */
    this.problems = new Map();
    this.isChanged = false;
    this.list = h('ol.stack', { 'aria-label': 'Rules, in the order in which they are looked at' });
    this.mark = h('span.changed-mark', { role: 'status' });
    this.problem = h('div', { role: 'alert' });
    this.saveButton = h('button.primary', { type: 'button', onclick: () => this.save() }, 'Save');
    this.forecast = h('section.card.forecast', { hidden: true, 'aria-label': 'Simulation' });
  }

  async open() {
    const { app } = this;
    const [{ data, etag }, teams] = await Promise.all([app.api.request('GET', 'routing/rules'), app.api.get('teams').catch(() => NO_TEAMS)]);
    this.teams = teams.items;
    this.#take(data.items, etag);
    const tools = app.session.mayAdminister ? h('div.rules-foot', null,
      h('button', { type: 'button', onclick: () => this.#add() }, icon('plus'), 'Add a rule'), h('span.spacer'), this.mark,
      h('button', { type: 'button', onclick: () => openSimulation(app, this.forecast, this.rules.map(draftOf)) }, icon('play'), 'Simulate'), this.saveButton) : null;
    return page('Routing rules', 'Looked at once, when a conversation comes in, from the top: the first that matches does its one thing, and no other does.',
      this.problem, this.list, tools, this.forecast);
  }

  /** @param {Rule[]} rules @param {string|null} etag */
  #take(rules, etag) {
    this.rules = structuredClone(rules);
    this.etag = etag;
    this.edited = null;
    this.problems.clear();
    this.#change(false);
    this.#draw();
  }

  /** @param {boolean} isChanged */
  #change(isChanged) {
    this.isChanged = isChanged;
    this.mark.textContent = isChanged ? 'Not saved' : '';
    this.saveButton.disabled = !isChanged;
  }

  #draw() {
    // Each is drawn anew: its place and its neighbours are part of what it says.
    keyed(this.list, [], () => '', () => h('li'));
    fill(this.list, ...this.rules.map((rule, index) => ruleCard(this.app, rule, {
      index, count: this.rules.length, isEdited: this.edited === rule, problems: this.problems.get(index) ?? [], teams: this.teams,
    }, {
      move: (from, to) => this.#move(from, to),
      remove: (at) => this.#remove(at),
      toggleEditor: (at) => this.#edit(at),
      changed: () => this.#change(true),
    })), this.rules.length ? null : h('li.empty', null, icon('rules'), h('h2', null, 'No rules yet'), h('p', null, 'Without one, every new conversation waits in Unassigned.')));
  }

  /** @param {number} from @param {number} to */
  #move(from, to) {
    const [rule] = this.rules.splice(from, 1);
    this.rules.splice(to, 0, rule);
    this.problems.clear();
    this.#change(true);
    this.#draw();
    /** @type {HTMLElement|null} */ (this.list.querySelector(`[data-move="${to}"]`))?.focus();
    this.app.toasts.announce(`${rule.name} is now number ${to + 1} of ${this.rules.length}.`);
  }

  /** @param {number} index */
  #remove(index) {
    this.rules.splice(index, 1);
    this.problems.clear();
    this.#change(true);
    this.#draw();
    /** @type {HTMLElement|null} */ (this.list.querySelector(`[data-move="${Math.max(0, index - 1)}"]`))?.focus();
  }

  /** @param {number} index */
  #edit(index) {
    const rule = this.rules[index];
    this.edited = this.edited === rule ? null : rule;
    this.#draw();
    const card = this.list.children[index];
    /** @type {HTMLElement|null} */ (card?.querySelector(this.edited ? '.rule-edit input' : '[aria-expanded]'))?.focus();
  }

  #add() {
    const rule = { name: 'New rule', enabled: true, when: { condition: 'subject_contains', value: '' }, then: { action: 'assign', round_robin: 'default' } };
    this.rules.push(rule);
    this.edited = rule;
    this.#change(true);
    this.#draw();
    /** @type {HTMLInputElement|null} */ (this.list.lastElementChild?.querySelector('.rule-edit input'))?.select();
  }

  async save() {
    const { app } = this;
    fill(this.problem);
    this.problems.clear();
    try {
      const { data, etag } = await app.api.request('PUT', 'routing/rules', { body: { items: this.rules.map(draftOf) }, ifMatch: this.etag });
      this.#take(data.items, etag);
      app.toasts.show({ text: 'The rules are saved' });
    } catch (error) {
      if (error.code === 'version_mismatch') this.#conflict(error.problem.current);
      else if (error.problem?.problems) this.#invalid(error.problem.problems);
      else fill(this.problem, h('p.form-problem', null, refusal(error)));
    }
  }

  /** @param {{index: number, field?: string, detail: string}[]} problems */
  #invalid(problems) {
    for (const { index, field, detail } of problems) {
      this.problems.set(index, [...(this.problems.get(index) ?? []), field ? `${field.replaceAll(/[._]/g, ' ')}: ${detail}` : detail]);
    }
    this.#draw();
    fill(this.problem, h('p.form-problem', null, `${problems.length === 1 ? 'A rule' : 'Rules'} could not work. Nothing was saved.`));
    /** @type {HTMLElement|null} */ (this.list.querySelector('.has-problem button'))?.focus();
  }

  /** Somebody else saved meanwhile. @param {any} current */
  #conflict(current) {
    const theirs = () => {
      fill(this.problem);
      this.#take(current.items, `"${current.version}"`);
    };
    const mine = () => {
      fill(this.problem);
      this.etag = `"${current.version}"`;
      this.save();
    };
    fill(this.problem, h('div.card.is-secret', null, h('p', null, h('strong', null, 'Somebody else changed the rules meanwhile.'), ' Yours are still here.'),
      h('div.toolbar', null, h('button', { type: 'button', onclick: theirs }, 'Show theirs'), h('button.danger', { type: 'button', onclick: mine }, 'Save mine over them'))));
  }
}
