// Changes of the owner: shown at once, taken back when somebody else was faster, undone for ten seconds.

import { ApiError } from '../core/api.js';
import { ago } from '../core/time.js';

/** @typedef {import('../core/types.js').Conversation} Conversation */
/** @typedef {import('../core/types.js').Person} Person */
/** @typedef {{body: string, mentions?: string[]}} Note */

/** How long a change can be undone. */
export const UNDO_FOR = 10_000;

export class Assigning {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** @returns {Person} */
  get #me() {
    const { id, name } = this.app.session.me;
    return { id, name };
  }

  /** First wins. @param {Conversation} conversation */
  claim(conversation) {
    return this.#change(conversation, {
      patch: { assignee: this.#me },
      run: (path) => this.app.api.post(`${path}/claim`),
      done: 'It’s yours',
    });
  }

  /**
   * Gives it to somebody, or to nobody, provided that it still has the owner whom this person saw.
   *
   * @param {Conversation} conversation
   * @param {Person|null} assignee
   * @param {{note?: Note, openly?: boolean}} [options] openly: whoever has it now
   */
  assign(conversation, assignee, options = {}) {
    const { note, openly } = options;
    const expected = openly ? {} : { expected_assignee: conversation.assignee?.id ?? null };
    const body = { assignee: assignee?.id ?? null, ...expected, ...(note ? { note } : {}) };
    const isMe = assignee?.id === this.app.session.me.id;
    return this.#change(conversation, {
      patch: { assignee },
      run: (path) => this.app.api.put(`${path}/assignee`, body),
      done: assignee ? `Assigned to ${isMe ? 'you' : assignee.name}` : 'Now nobody’s',
    });
  }

  /** Stops the AI and takes it, in one step. @param {Conversation} conversation */
  takeOver(conversation) {
    return this.#change(conversation, {
      patch: { assignee: this.#me, handling: false },
      run: (path) => this.app.api.post(`${path}/take-over`),
      done: 'You took over from the AI',
    });
  }

  /**
   * @param {Conversation} conversation
   * @param {{patch: any, run: (path: string) => Promise<any>, done: string}} change
   * @returns {Promise<Conversation|null>} null when it was refused
   */
  async #change(conversation, { patch, run, done }) {
    const { app } = this;
    app.overlay.expect(conversation.id, patch);
    app.emit('overlay');
    try {
      const answer = await run(`conversations/${conversation.id}`);
      app.overlay.confirm(answer.conversation);
      app.emit('overlay');
      if (answer.changed) this.#offerUndo(answer.conversation, done);
      else app.toasts.show({ text: 'Nothing to change: it was so already.' });
      return answer.conversation;
    } catch (error) {
      app.overlay.refuse(conversation.id);
      app.emit('overlay');
      this.#refused(conversation, error);
      return null;
    }
  }

  /** @param {Conversation} conversation @param {string} done */
  #offerUndo(conversation, done) {
    this.app.toasts.show({
      text: done,
      detail: titleOf(conversation),
      lasts: UNDO_FOR,
      actions: [{ name: 'Undo', key: 'Z', run: () => this.undo(conversation) }],
    });
  }

  /** @param {Conversation} conversation as it was after the change */
  async undo(conversation) {
    const { app } = this;
    try {
      const path = `conversations/${conversation.id}/undo`;
      const answer = await app.api.post(path, { version: conversation.version });
      app.overlay.confirm(answer.conversation);
      app.emit('overlay');
      const owner = answer.conversation.assignee;
      app.toasts.show({
        text: owner ? `Undone: back to ${app.people.name(owner)}` : 'Undone: nobody’s again',
        detail: titleOf(conversation),
      });
    } catch (error) {
      this.#refused(conversation, error);
    }
  }

  /** Says what happened instead. @param {Conversation} conversation @param {any} error */
  #refused(conversation, error) {
    const { app } = this;
    if (!(error instanceof ApiError)) throw error;
    const { current } = error.problem;
    const isLost = ['already_assigned', 'assignee_changed', 'already_taken_over'].includes(error.code);
    if (!isLost || !current) {
      app.toasts.show({ text: sentenceOf(error), detail: titleOf(conversation), isProblem: true });
      return;
    }
    const take = () => this.assign(conversation, this.#me, { openly: true });
    app.toasts.show({
      text: this.#whoWon(error.problem),
      detail: titleOf(conversation),
      isProblem: true,
      lasts: UNDO_FOR,
      actions: [
        { name: 'Look', key: 'L', run: () => app.openConversation(conversation.id) },
        { name: 'Take it openly', key: 'O', run: take },
      ],
    });
  }

  /** @param {any} problem @returns {string} `Maya took this 0.4 s ago` */
  #whoWon({ current, handoff }) {
    const { people, session } = this.app;
    const by = handoff?.by ?? current.assigned_by;
    const at = handoff?.at ?? current.assigned_at;
    const when = at ? ` ${ago(at)}` : '';
    const owner = current.assignee;
    if (handoff?.by) return `${people.name(handoff.by)} took this over${when}`;
    if (!owner) return `${by ? people.name(by) : 'Somebody'} made this nobody’s${when}`;
    const name = owner.id === session.me.id ? 'You' : people.name(owner);
    if (!by || by.id === owner.id) return `${name} took this${when}`;
    return `${people.name(by)} gave this to ${name}${when}`;
  }
}

/** @param {Conversation} conversation */
export const titleOf = ({ number, subject }) => `#${number} ${subject}`;

/** What a refusal means for a person. @param {ApiError} error @returns {string} */
export function sentenceOf(error) {
  switch (error.code) {
    case 'assignee_not_eligible':
      return 'That person cannot be assigned any more.';
    case 'nothing_to_undo':
      return 'Somebody changed the owner since: there is nothing to undo.';
    case 'not_in_ai_queue':
      return 'The AI does not handle this one any more.';
    case 'forbidden':
      return 'Your role does not permit that.';
    case 'journal_unavailable':
      return 'The server cannot store changes right now. Nothing was changed.';
    case 'overloaded':
    case 'rate_limited':
      return 'That was too much at once. Try again in a moment.';
    case 'unreachable':
      return 'The server cannot be reached. Nothing was lost: try again.';
    default:
      return error.message;
  }
}
