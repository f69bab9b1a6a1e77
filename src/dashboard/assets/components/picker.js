// Who shall own it: type to find, yourself first, nobody last, with how much everyone has; and a note to go along.

import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { Listbox, fits } from './listbox.js';
import { NoteField } from './note-field.js';

/** @typedef {import('../core/types.js').Assignee} Assignee */
/** @typedef {import('../core/types.js').Conversation} Conversation */

/** Those found last are shown at once the next time, and then read again. @type {Assignee[]} */
let known = [];

/**
 * @param {import('../app.js').App} app
 * @param {Conversation[]} conversations
 * @param {{title?: string, onpick?: (assignee: {id: string, name: string}|null, note?: {body: string, mentions?: string[]}) => void}} [options]
 */
export function openPicker(app, conversations, options = {}) {
  if (!app.session.mayAct || !conversations.length) return;
  const [first] = conversations;
  const note = new NoteField(app, { label: 'Note to go along', placeholder: 'A note for whoever gets it. @ mentions people.' });
  note.element.hidden = true;
  const onpick = options.onpick ?? ((assignee, value) => app.assigning.assign(first, assignee, { note: value }));
  const pick = (/** @type {{id: string, name: string}|null} */ assignee) => {
    const value = note.element.hidden || !note.value.body ? undefined : note.value;
    dialog.close();
    onpick(assignee, value);
  };
  const box = new Listbox({ label: 'Assign to', placeholder: 'Assign to…', onquery: (query) => choices(query) });
  const addNote = h('button.quiet', { type: 'button', onclick: showNote }, icon('note'), 'Add a note');
  const hint = h('span.faint.small', null, h('kbd', null, '↵'), ' assign ');
  const content = h('div.picker', null, box.element, note.element, h('footer.picker-foot', null, addNote, h('span.spacer'), hint));
  const dialog = openDialog({ title: options.title ?? `Assign #${first.number}`, content, kind: 'picker-dialog', isBare: true });

  function showNote() {
    note.element.hidden = false;
    addNote.hidden = true;
    note.focus();
    fill(hint, 'Then choose who: ', h('kbd', null, 'Tab'));
  }

  /** @param {string} query */
  function choices(query) {
    const people = known.filter(({ name, id }) => fits(id === app.session.me.id ? `${name} me you` : name, query));
    const current = conversations.length === 1 ? first.assignee?.id : undefined;
    const found = people.map((person) => ({
      id: person.id,
      label: person.name,
      render: () => describe(app, person, current === person.id),
      run: () => pick({ id: person.id, name: person.name }),
    }));
    if (fits('Unassigned nobody none', query)) {
      found.push({
        id: 'nobody',
        label: 'Unassigned',
        render: () => [avatar(null, 'small'), h('span.option-name', null, 'Unassigned'),
          current === undefined && conversations.length === 1 ? h('span.faint.small', null, 'now') : null],
        run: () => pick(null),
      });
    }
    return found;
  }

  box.query();
  app.api.get('assignees').then(({ items }) => {
    known = items;
    box.query();
  }, (error) => app.toasts.show({ text: error.message, isProblem: true }));
}

/** @param {import('../app.js').App} app @param {Assignee} person @param {boolean} isCurrent */
function describe(app, person, isCurrent) {
  const isMe = person.id === app.session.me.id;
  return [
    avatar(person, 'small'),
    h('span.option-name', null, person.name, isMe ? h('span.faint', null, ' (you)') : null),
    isCurrent ? h('span.faint.small', null, 'now') : null,
    h('span.option-count', { title: 'Open conversations' }, `${person.open_count} open`),
  ];
}
