// The shapes that the public API speaks in, for the type checker and for readers.

/** @typedef {{id: string, name: string}} Person */
/** @typedef {{kind: string, id?: string|null, name?: string, team?: string, turn?: number, operation?: string}} Actor */
/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string|null} external_id
 * @property {number} number
 * @property {string} channel
 * @property {string} subject
 * @property {{name: string, email: string}} customer
 * @property {string} status
 * @property {string} priority
 * @property {string[]} tags
 * @property {Record<string, any>} custom_fields
 * @property {Person|null} assignee
 * @property {string|null} assigned_at
 * @property {Actor|null} assigned_by
 * @property {{handling: boolean, mode: string, handoff_at: string|null, handoff_by: Person|null, draft: any, sent_count: number}} ai
 * @property {string} preview
 * @property {number} message_count
 * @property {string} created_at
 * @property {string} last_activity_at
 * @property {number} version
 */
/** @typedef {{id: string, kind: string, author: Actor, body: string, mentions: string[], created_at: string}} Message */
/**
 * @typedef {object} Entry
 * @property {number} seq
 * @property {number} version
 * @property {string} at
 * @property {string} kind
 * @property {Actor} actor
 * @property {Record<string, {from: any, to: any}>} changes
 * @property {Message} [message]
 * @property {any} why
 */
/** @typedef {{id: string, name: string, email: string, role: string, status: string, created_at: string}} User */
/** @typedef {{id: string, name: string, role: string, open_count: number}} Assignee */
/** @typedef {{type: string, view?: string, seq?: number, prev?: number, total?: number, [member: string]: any}} Frame */
/** @typedef {{items: any[], next_cursor: string|null, seq?: number, total?: number}} Page */

export {};
