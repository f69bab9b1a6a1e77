// What happened, as a sentence.

/** @typedef {import('../core/types.js').Entry} Entry */
/** @typedef {import('../store/people.js').People} People */

/** @type {Record<string, string>} */
const STATUSES = { open: 'open', pending: 'pending', snoozed: 'snoozed', closed: 'closed' };

/** @param {People} people @param {Entry} entry @returns {string} */
export function actorOf(people, { actor, why, kind }) {
  const rule = why?.rule_name;
  // Whoever brought the conversation in did not choose its owner: the rule did.
  if (rule && kind === 'assigned') return `Rule “${rule}”`;
  if (!actor) return 'Ochre';
  if (actor.kind === 'rule' || actor.kind === 'round_robin') return `Rule “${actor.name ?? rule ?? ''}”`;
  if (actor.kind === 'user') return people.name(actor);
  return actor.name ?? 'Ochre';
}

/** @param {People} people @param {Entry} entry @returns {string} */
export function sentenceFor(people, entry) {
  const who = actorOf(people, entry);
  const { changes } = entry;
  const to = changes.assignee?.to;
  const from = changes.assignee?.from;
  switch (entry.kind) {
    case 'created': return `${who} opened the conversation`;
    case 'assigned': return assigned(people, entry, who, to, from);
    case 'unassigned': return entry.why?.undo_of ? `${who} undid an assignment: nobody’s again` : `${who} unassigned ${people.name(from)}`;
    case 'taken_over': return `${who} took over from the AI`;
    case 'status_changed': return `${who} made it ${STATUSES[changes.status?.to] ?? changes.status?.to}`;
    case 'priority_changed': return `${who} set the priority to ${changes.priority?.to}`;
    case 'tags_changed': return tags(who, changes.tags);
    case 'custom_fields_changed': return `${who} changed ${Object.keys(changes).join(', ').replaceAll('custom_fields.', '')}`;
    case 'ai_reply_suppressed': return `A reply of the AI was held back: ${reasonOf(entry)}`;
    case 'ai_draft_saved': return `The AI left a draft: ${reasonOf(entry)}`;
    case 'ai_handling_ended': return `The AI stepped back: ${reasonOf(entry)}`;
    case 'ai_reply_sent': return 'The AI replied';
    case 'message_added': return `${who} wrote`;
    case 'note_added': return `${who} left a note`;
    default: return entry.kind.replaceAll('_', ' ');
  }
}

/** @param {People} people @param {Entry} entry @param {string} who @param {any} to @param {any} from */
function assigned(people, entry, who, to, from) {
  if (entry.why?.undo_of) return `${who} undid a change: back to ${people.name(to)}`;
  if (entry.actor?.id && entry.actor.id === to?.id) {
    return from ? `${who} took it from ${people.name(from)}` : `${who} took it`;
  }
  const turn = entry.actor?.turn ?? entry.why?.rotation?.turn;
  const isTurn = turn === undefined || turn === null ? '' : ` (turn ${turn})`;
  return from ? `${who} gave it from ${people.name(from)} to ${people.name(to)}${isTurn}` : `${who} assigned ${people.name(to)}${isTurn}`;
}

/** @param {string} who @param {{from: string[], to: string[]}|undefined} change */
function tags(who, change) {
  if (!change) return `${who} changed the tags`;
  const added = (change.to ?? []).filter((tag) => !(change.from ?? []).includes(tag));
  const removed = (change.from ?? []).filter((tag) => !(change.to ?? []).includes(tag));
  const parts = [added.length && `added ${added.join(', ')}`, removed.length && `removed ${removed.join(', ')}`];
  return `${who} ${parts.filter(Boolean).join(' and ') || 'changed the tags'}`;
}

/** @type {Record<string, string>} */
const REASONS = {
  handed_off: 'a person had taken over',
  not_handling: 'the AI was not handling it any more',
  bypass: 'a label or tag says never to send',
  mode: 'the AI may only draft here',
  confidence: 'it was not sure enough',
};

/** @param {Entry} entry */
function reasonOf(entry) {
  const why = /** @type {any} */ (entry.why);
  const key = typeof why === 'string' ? why : why?.reason ?? /** @type {any} */ (entry.changes)?.reason?.to ?? '';
  return REASONS[key] ?? (key ? String(key).replaceAll('_', ' ') : 'no reason given');
}

/** @type {Record<string, string>} */
const PASSED_OVER = {
  disabled: 'is off', other_channel: 'another channel', text_not_in_subject: 'not in the subject', other_domain: 'another domain',
  priority_too_low: 'priority too low', not_first_message: 'not the first message', field_differs: 'the field differs',
  deactivated: 'is deactivated', role_not_assignable: 'may not own conversations', unknown: 'is not there any more',
  no_rule_matched: 'No rule matched.', rule_does_not_assign: 'The rule that matched assigns nobody.',
  target_not_eligible: 'The person whom the rule names cannot be assigned.', nobody_eligible: 'Nobody of the team could be assigned.',
  by_hand: 'By hand.', taken_over: 'Taken over from the AI.',
};

/** Why a rule, a person or everybody was passed over. @param {string|undefined} reason */
export function passedOver(reason) {
  if (!reason) return '';
  const undone = /^undo_of_version_(\d+)$/.exec(reason)?.[1];
  if (undone) return `A change was undone (version ${undone}).`;
  return PASSED_OVER[reason] ?? reason.replaceAll('_', ' ');
}
