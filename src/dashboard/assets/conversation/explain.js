// Why a conversation belongs to whom it does, and everything that ever happened to it.

import { avatar } from '../components/avatar.js';
import { openDialog } from '../components/dialog.js';
import { fill, h } from '../core/dom.js';
import { exactly } from '../core/time.js';
import { passedOver, sentenceFor } from './words.js';

/** @type {{items: any[]}} */
const NO_RULES = { items: [] };
/** @type {Record<string, string>} */
const OUTCOMES = { assigned: 'Assigned', unassigned: 'Unassigned', left_unassigned: 'Left unassigned' };

/** @param {import('../app.js').App} app @param {import('../core/types.js').Conversation} conversation */
export function openExplanation(app, conversation) {
  const why = h('section.why', null, h('p.muted', { role: 'status' }, 'Reading…'));
  const history = h('ol.history', { tabindex: '0', 'aria-label': 'History' });
  const content = h('div.dialog-body', null, why, h('h3', null, 'History'), history);
  openDialog({ title: `#${conversation.number}: who has it, and why`, content, kind: 'side-panel' });
  const path = `conversations/${conversation.id}`;
  Promise.all([app.api.get(`${path}/why`), app.api.get('routing/rules').catch(() => NO_RULES)]).then(
    ([decision, rules]) => fill(why, ...explain(app, decision, conversation, rules.items)),
    () => fill(why, ...plainly(app, conversation)),
  );
  app.api.all(`${path}/history`).then(
    (entries) => fill(history, ...entries.reverse().map((entry) => line(app, entry))),
    (error) => fill(history, h('li', null, error.message)),
  );
}

/** @param {import('../app.js').App} app @param {any} entry */
function line(app, entry) {
  return h(
    'li', { 'data-kind': entry.kind },
    h('span.history-text', null, sentenceFor(app.people, entry)),
    h('time.faint', { datetime: entry.at }, `${exactly(entry.at)} · v${entry.version}`),
  );
}

/** What the conversation itself says. @param {import('../app.js').App} app @param {import('../core/types.js').Conversation} conversation */
function plainly(app, { assignee, assigned_by: by, assigned_at: at }) {
  const owner = assignee ? app.people.name(assignee) : null;
  return [
    h('div.why-owner', null, avatar(assignee ? { id: assignee.id, name: owner } : null, 'large'),
      h('div', null, h('strong', null, owner ?? 'Nobody’s'),
        h('span.muted', null, by ? `by ${by.name ?? by.kind}${at ? `, ${exactly(at)}` : ''}` : 'Nobody was ever assigned.'))),
  ];
}

/** @param {import('../app.js').App} app @param {any} decision @param {import('../core/types.js').Conversation} conversation @param {any[]} rules */
function explain(app, decision, conversation, rules) {
  const { rule, passed_over: passed = [], candidates = [], rotation, reason } = decision;
  const nameOf = (/** @type {any} */ user) => app.people.name(typeof user === 'string' ? { id: user } : user);
  const ruleName = (/** @type {any} */ one) => one?.name ?? rules.find(({ id }) => id === one)?.name ?? 'a rule of then';
  const by = decision.rule_name && decision.outcome === 'assigned' ? `the rule “${decision.rule_name}”` : decision.actor?.name ?? 'nobody';
  const outcome = OUTCOMES[decision.outcome] ?? decision.outcome;
  return [
    ...plainly(app, { ...conversation, assigned_by: null, assigned_at: null }).map((element) => {
      const detail = element.querySelector('.muted');
      if (detail) detail.textContent = `${outcome} by ${by}, ${exactly(decision.decided_at)}`;
      return element;
    }),
    reason && !['by_hand', 'taken_over'].includes(reason) ? h('p.warning-text', null, passedOver(typeof reason === 'string' ? reason : reason.code ?? '')) : null,
    rule || passed.length ? h('h3', null, 'Rules, from the top') : null,
    rule || passed.length ? h('ol.why-rules', null,
      ...passed.map((/** @type {any} */ one) => h('li.is-passed', null, h('span', null, ruleName(one.rule)), h('span.faint', null, passedOver(one.reason)))),
      rule ? h('li.is-match', null, h('strong', null, decision.rule_name ?? ruleName(rule)), h('span', null, 'matched')) : null) : null,
    candidates.length ? h('h3', null, 'Candidates') : null,
    candidates.length ? h('ul.why-candidates', null, ...candidates.map((/** @type {any} */ one) => h(
      'li', { class: one.eligible ? '' : 'is-passed' }, avatar({ id: one.user?.id ?? one.user, name: nameOf(one.user) }, 'small'),
      h('span.option-name', null, nameOf(one.user)),
      h('span.faint', null, one.eligible ? (rotation ? (one.last_turn ? `last turn ${one.last_turn}` : 'no turn yet') : '') : passedOver(one.reason)),
    ))) : null,
    rotation?.turn ? h('p.muted', null, `Turn ${rotation.turn} of the rotation.`) : null,
  ].filter(Boolean);
}
