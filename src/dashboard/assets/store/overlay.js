// What this person just did and the server has not told everybody yet. It is shown over the rows, never
// written into them: a beacon compares rows with the server's.

/** @typedef {import('../core/types.js').Conversation} Conversation */
/** @typedef {{assignee?: import('../core/types.js').Person|null, handling?: boolean, status?: string, priority?: string, tags?: string[], version: number, isPending: boolean, at: number}} Patch */

/** Frames are here long before. */
const KEPT_FOR = 60_000;

export class Overlay {
  constructor() {
    /** @type {Map<string, Patch>} */
    this.patches = new Map();
    this.revision = 0;
  }

  /** @param {string} id @param {Partial<Patch>} patch */
  expect(id, patch) {
    this.patches.set(id, { ...patch, version: Infinity, isPending: true, at: Date.now() });
    this.revision += 1;
  }

  #forgetOld() {
    const old = Date.now() - KEPT_FOR;
    for (const [id, patch] of this.patches) if (!patch.isPending && patch.at < old) this.patches.delete(id);
  }

  /** The server has done it; frames up to that version may still be on their way. @param {Conversation} conversation */
  confirm(conversation) {
    this.#forgetOld();
    this.patches.set(conversation.id, {
      at: Date.now(),
      assignee: conversation.assignee,
      handling: conversation.ai?.handling,
      status: conversation.status,
      priority: conversation.priority,
      tags: conversation.tags,
      version: conversation.version,
      isPending: false,
    });
    this.revision += 1;
  }

  /** It did not happen. @param {string} id */
  refuse(id) {
    this.patches.delete(id);
    this.revision += 1;
  }

  /** The conversation as this person should see it. @param {Conversation} conversation @returns {Conversation} */
  over(conversation) {
    const patch = this.patches.get(conversation.id);
    if (!patch) return conversation;
    // It is kept for a while: the list may know of the change before the open conversation does.
    if (!patch.isPending && conversation.version >= patch.version) return conversation;
    const shown = { ...conversation };
    if (patch.assignee !== undefined) shown.assignee = patch.assignee;
    if (patch.status !== undefined) shown.status = patch.status;
    if (patch.priority !== undefined) shown.priority = patch.priority;
    if (patch.tags !== undefined) shown.tags = patch.tags;
    if (patch.handling !== undefined) shown.ai = { ...shown.ai, handling: patch.handling };
    return shown;
  }

  /** @param {string} id */
  isPending(id) {
    return this.patches.get(id)?.isPending === true;
  }
}
