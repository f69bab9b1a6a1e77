// The keys of the inbox.

import { openPicker } from '../components/picker.js';

/** @param {import('./inbox.js').Inbox} inbox @returns {import('../core/keyboard.js').Binding[]} */
export function inboxKeys(inbox) {
  const { app } = inbox;
  const mayAct = () => app.session.mayAct;
  /** @param {(conversation: import('../core/types.js').Conversation) => void} run */
  const onCurrent = (run) => () => {
    if (inbox.current) run(inbox.current);
  };
  const acts = (/** @type {string} */ key, /** @type {string} */ name, /** @type {() => void} */ run) => (
    { keys: [key], name, group: 'Conversation', when: mayAct, run });
  return [
    { keys: ['J', 'ArrowDown'], name: 'Next conversation', group: 'List', run: () => inbox.move(1, false) },
    { keys: ['K', 'ArrowUp'], name: 'Previous conversation', group: 'List', run: () => inbox.move(-1, false) },
    { keys: ['Shift+J', 'Shift+ArrowDown'], name: 'Select on downwards', group: 'List', when: mayAct, run: () => inbox.move(1, true) },
    { keys: ['Shift+K', 'Shift+ArrowUp'], name: 'Select on upwards', group: 'List', when: mayAct, run: () => inbox.move(-1, true) },
    { keys: ['PageDown'], name: 'Ten further', group: 'List', run: () => inbox.move(10, false) },
    { keys: ['PageUp'], name: 'Ten back', group: 'List', run: () => inbox.move(-10, false) },
    { keys: ['Enter'], name: 'Open', group: 'List', when: () => inbox.cursor !== null, run: () => app.openConversation(inbox.cursor) },
    { keys: ['X'], name: 'Select', group: 'List', when: mayAct, run: () => inbox.cursor && inbox.selection.toggle(inbox.cursor) },
    { keys: ['Shift+X'], name: 'Select up to here', group: 'List', when: mayAct, run: () => inbox.cursor && inbox.selection.extend(inbox.cursor, inbox.source.order) },
    { keys: ['Mod+A'], name: 'Select the whole list', group: 'List', when: () => mayAct() && !isWriting(), run: () => inbox.selection.take(inbox.source.list.rows.map(({ id }) => id), true) },
    { keys: ['.'], name: 'Show what is new', group: 'List', run: () => inbox.pane.settle() },
    { keys: ['Escape'], name: 'Back, or select nothing', group: 'List', run: () => inbox.back() },
    acts('A', 'Assign…', () => inbox.selection.size ? inbox.bulkBar.pick() : inbox.current && openPicker(app, [inbox.current])),
    acts('M', 'Claim: assign to me if it is nobody’s', () => inbox.selection.size ? inbox.bulkBar.assignToMe() : onCurrent((one) => app.assigning.claim(one))()),
    acts('U', 'Unassign', () => inbox.selection.size ? inbox.bulkBar.unassign() : onCurrent((one) => app.assigning.assign(one, null))()),
    acts('T', 'Take over from the AI', onCurrent((one) => inbox.takeOver(one, true))),
    acts('P', 'Pause the AI and stay in the list', onCurrent((one) => inbox.takeOver(one, false))),
    acts('E', 'Close, or open again', onCurrent((one) => app.editing.toggleClosed(one))),
    acts('R', 'Reply', () => inbox.conversation.write('agent')),
    { keys: ['N'], name: 'Write a note', group: 'Conversation', run: () => inbox.conversation.write('note') },
    { keys: ['H'], name: 'Why it is whose it is, and its history', group: 'Conversation', run: () => inbox.conversation.explain() },
  ];
}

function isWriting() {
  return document.activeElement?.matches('input, textarea') ?? false;
}
