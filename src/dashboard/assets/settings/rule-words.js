// Rules as sentences, and what they can be made of.

/** @typedef {{condition: string, value?: string, field?: string, operator?: string}} Condition */
/** @typedef {{action: string, user?: string, round_robin?: string, priority?: string, tag?: string}} Action */
/**
 * @typedef {object} Rule
 * @property {string} [id]
 * @property {string} name
 * @property {boolean} enabled
 * @property {Condition} when
 * @property {Action} then
 * @property {number} [matched_count]
 * @property {string|null} [last_matched_at]
 * @property {number} [failed_count]
 * @property {any} [last_failure]
 * @property {any[]} [warnings]
 */

export const CHANNELS = ['email', 'chat', 'slack'];
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'];
export const OPERATORS = /** @type {[string, string][]} */ ([['equals', 'equals'], ['not_equals', 'does not equal'], ['contains', 'contains']]);

export const CONDITIONS = /** @type {[string, string][]} */ ([
  ['channel_is', 'Channel is'], ['subject_contains', 'Subject contains'], ['from_domain', 'Sender’s domain is'],
  ['priority_at_least', 'Priority is at least'], ['first_message', 'First message of a customer'], ['custom_field', 'Custom field'],
]);

export const ACTIONS = /** @type {[string, string][]} */ ([
  ['assign_user', 'Assign to'], ['round_robin', 'Round-robin in'], ['set_priority', 'Set the priority to'], ['add_tag', 'Add the tag'],
]);

/** The kind of an action, as one chooses it. @param {Action} then */
export const kindOf = (then) => (then.action !== 'assign' ? then.action : then.round_robin ? 'round_robin' : 'assign_user');

/** @param {Condition} when */
export function whenInWords({ condition, value, field, operator }) {
  if (condition === 'first_message') return 'it is the customer’s first message';
  if (condition === 'custom_field') return `${field || '…'} ${OPERATORS.find(([key]) => key === operator)?.[1] ?? ''} “${value ?? ''}”`;
  /** @type {Record<string, string>} */
  const names = { channel_is: 'the channel is', subject_contains: 'the subject contains', from_domain: 'the sender is from', priority_at_least: 'the priority is at least' };
  const isText = condition === 'subject_contains';
  return `${names[condition] ?? condition} ${isText ? `“${value ?? ''}”` : value || '…'}`;
}

/** @param {Action} then @param {import('../store/people.js').People} people @param {{id: string, name: string}[]} teams */
export function thenInWords(then, people, teams) {
  switch (kindOf(then)) {
    case 'assign_user': return `assign ${then.user ? people.nameOf(then.user) : '…'}`;
    case 'round_robin': return `round-robin in ${teamName(then.round_robin, teams)}`;
    case 'set_priority': return `set the priority to ${then.priority}`;
    default: return `add the tag “${then.tag ?? ''}”`;
  }
}

/** @param {string|undefined} id @param {{id: string, name: string}[]} teams */
export function teamName(id, teams) {
  if (id === 'default') return 'the whole workspace';
  return teams.find((team) => team.id === id)?.name ?? '…';
}

/** What the server takes of a rule. @param {Rule} rule */
export function draftOf({ id, name, enabled, when, then }) {
  return { ...(id ? { id } : {}), name, enabled, when, then };
}
