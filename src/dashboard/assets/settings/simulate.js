// What a draft of the rules would do: to the conversations of the past days, or to one that is made up.

import { avatar } from '../components/avatar.js';
import { fill, h } from '../core/dom.js';
import { Router } from '../core/router.js';
import { now } from '../core/time.js';
import { passedOver } from '../conversation/words.js';
import { choice, field, refusal } from './parts.js';
import { CHANNELS, PRIORITIES } from './rule-words.js';

const DAY = 24 * 60 * 60 * 1_000;
const SPANS = /** @type {[string, string][]} */ ([['1', 'the last day'], ['7', 'the last 7 days'], ['30', 'the last 30 days'], ['0', 'one made up']]);
const LISTED_MOST = 100;

/** @param {import('../app.js').App} app @param {HTMLElement} panel @param {any[]} rules */
export function openSimulation(app, panel, rules) {
  const result = h('div.forecast', { role: 'status' });
  const span = choice('Which conversations', SPANS, '7', () => {
    facts.hidden = span.value !== '0';
    run();
  });
  const made = {
    channel: choice('Channel', CHANNELS, 'email'),
    subject: h('input', { type: 'text', value: 'Where is my order?' }),
    email: h('input', { type: 'email', value: 'ada@example.com' }),
    priority: choice('Priority', PRIORITIES, 'normal'),
    fields: h('input', { type: 'text', placeholder: 'plan=pro, region=eu' }),
  };
  const facts = h('div.columns', { hidden: true }, field('Channel', made.channel), field('Subject', made.subject), field('From', made.email),
    field('Priority', made.priority), field('Custom fields', made.fields), h('button', { type: 'button', onclick: run }, 'Try it'));
  panel.hidden = false;
  fill(panel, h('header.card-head', null, h('h2', null, 'Simulation'), h('span.faint', null, 'Nothing changes, no turn is spent'), h('span.spacer'), span), facts, result);
  panel.scrollIntoView({ block: 'nearest' });

  async function run() {
    fill(result, h('p.muted', null, 'Working it out…'));
    const past = { from: new Date(now() - Number(span.value) * DAY).toISOString(), to: new Date(now()).toISOString() };
    const what = span.value === '0' ? { conversations: [conversation()] } : { past };
    try {
      fill(result, ...outcome(app, await app.api.post('routing/simulate', { rules, ...what }), rules));
    } catch (error) {
      const problems = error.problem?.problems?.map((/** @type {any} */ one) => h('p.form-problem', null, `Rule ${one.index + 1}: ${one.detail}`));
      fill(result, problems ?? h('p.form-problem', null, refusal(error)));
    }
  }

  function conversation() {
    const pairs = made.fields.value.split(',').map((/** @type {string} */ pair) => pair.split('=').map((part) => part.trim())).filter((/** @type {string[]} */ pair) => pair[0] && pair.length === 2);
    return {
      channel: made.channel.value, subject: made.subject.value, priority: made.priority.value,
      customer: { name: made.email.value, email: made.email.value }, custom_fields: Object.fromEntries(pairs),
    };
  }

  run();
}

/** @param {import('../app.js').App} app @param {any} simulation @param {any[]} rules */
function outcome(app, { items, spread, unassigned }, rules) {
  const differing = items.filter((/** @type {any} */ item) => item.differs);
  if (!items.length) return [h('p.muted', null, 'No conversation came in during that time.')];
  const entries = Object.entries(spread).sort(([, one], [, other]) => Number(other) - Number(one));
  const most = Math.max(unassigned, ...entries.map(([, count]) => Number(count)), 1);
  const bar = (/** @type {number} */ count) => h('i', { style: { width: `${(100 * count) / most}%` } });
  return [
    h('p', null, h('strong', null, `${items.length.toLocaleString('en')} conversations`), `: ${differing.length ? `${differing.length.toLocaleString('en')} go elsewhere than by the rules in force` : 'all as by the rules in force'}.`),
    h('ul.spread', { 'aria-label': 'Who would get how many' },
      ...entries.map(([user, count]) => h('li', { 'data-user': user }, h('span.person', null, avatar({ id: user, name: app.people.nameOf(user) }, 'small'), h('span', null, app.people.nameOf(user))), bar(Number(count)), h('span.spread-count', null, Number(count).toLocaleString('en')))),
      h('li.nobody', null, h('span.person', null, avatar(null, 'small'), h('span', null, 'Nobody')), bar(unassigned), h('span.spread-count', null, unassigned.toLocaleString('en')))),
    items.length === 1 ? h('ul', null, h('li', null, describe(app, items[0].draft, rules))) : null,
    differing.length ? h('h3', null, 'What differs') : null,
    differing.length ? h('ul.differs', { tabindex: '0', 'aria-label': 'What differs' }, ...differing.slice(0, LISTED_MOST).map((/** @type {any} */ item) => h('li', null,
      item.conversation ? h('a', { href: Router.inbox(item.conversation, 'all'), 'data-route': true }, titleOf(app, item.conversation)) : null,
      h('span.faint', null, describe(app, item.live, rules)), h('span', null, '→'), h('span', null, describe(app, item.draft, rules))))) : null,
  ].filter(Boolean);
}

/** @param {import('../app.js').App} app @param {string} id */
function titleOf(app, id) {
  const known = app.heldConversations().find((row) => row.id === id);
  return known ? `#${known.number} ${known.subject}` : 'conversation';
}

/** @param {import('../app.js').App} app @param {any} decision @param {any[]} rules */
function describe(app, decision, rules) {
  const rule = decision.rule_name ?? decision.rule?.name ?? rules.find(({ id }) => id && id === decision.rule)?.name;
  const { then } = decision;
  const user = decision.assignee ?? decision.candidates?.find((/** @type {any} */ one) => one.eligible)?.user;
  if (decision.outcome === 'assigned' && user) return `${app.people.nameOf(user)}${rule ? ` by “${rule}”` : ''}`;
  if (then?.action === 'set_priority') return `nobody, priority ${then.priority} by “${rule}”`;
  if (then?.action === 'add_tag') return `nobody, tag ${then.tag} by “${rule}”`;
  return `nobody: ${passedOver(decision.reason) || 'no rule matches'}`;
}
