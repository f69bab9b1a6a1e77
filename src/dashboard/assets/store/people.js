// The people of the workspace: names change, and rows take them from here.

import { Emitter } from '../core/dom.js';

/** @typedef {import('../core/types.js').User} User */

/** Tells of `change`. */
export class People extends Emitter {
  /** @param {import('../core/api.js').Api} api */
  constructor(api) {
    super();
    this.api = api;
    /** @type {Map<string, User>} */
    this.byId = new Map();
  }

  async load() {
    for (const user of await this.api.all('users')) this.byId.set(user.id, user);
    this.emit('change');
  }

  /** @param {User} user */
  take(user) {
    this.byId.set(user.id, user);
    this.emit('change');
  }

  /** @param {{id?: string|null, name?: string}|null} person @returns {string} */
  name(person) {
    if (!person) return 'Nobody';
    return this.byId.get(person.id ?? '')?.name ?? person.name ?? 'Somebody';
  }

  /** @param {string} id @returns {string} */
  nameOf(id) {
    return this.byId.get(id)?.name ?? id;
  }

  /** Those who are there, by name. @returns {User[]} */
  get active() {
    const active = [...this.byId.values()].filter((user) => user.status === 'active');
    return active.sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Those who may own a conversation. @returns {User[]} */
  get assignable() {
    return this.active.filter((user) => user.role !== 'viewer');
  }
}
