// Who is signed in, and what their role lets them do. The server decides; this only hides what it would refuse.

import { Emitter } from './dom.js';
import { ApiError } from './api.js';

/** Tells of `signed-in`, `expired` and `signed-out`. */
export class Session extends Emitter {
  /** @param {import('./api.js').Api} api */
  constructor(api) {
    super();
    this.api = api;
    /** @type {{id: string, name: string, email: string, role: string, time_zone?: string|null, slack_user_id?: string|null}|null} */
    this.me = null;
    /** @type {{id: string, name: string, time_zone: string}|null} */
    this.workspace = null;
    this.landing = 'all';
    api.on('unauthenticated', () => this.expire());
  }

  /** Whether they may assign, write and change. */
  get mayAct() {
    return ['owner', 'admin', 'agent'].includes(this.me?.role);
  }

  /** Whether they may change people, teams, rules, autopilot and webhooks. */
  get mayAdminister() {
    return ['owner', 'admin'].includes(this.me?.role);
  }

  /** Finds out who is signed in. @returns {Promise<boolean>} */
  async find() {
    try {
      await this.refresh();
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return false;
      throw error;
    }
  }

  async refresh() {
    const { principal, workspace, landing_filter: landing } = await this.api.get('me', { quiet: true });
    this.me = principal;
    this.workspace = workspace;
    this.landing = landing ?? 'all';
  }

  /** @param {string} email @param {string} password */
  async signIn(email, password) {
    await this.api.post('session', { email, password }, { quiet: true });
    const before = this.me?.id;
    await this.refresh();
    // Whoever comes next must not find what somebody else half wrote.
    if (before && before !== this.me.id) sessionStorage.clear();
    this.emit('signed-in');
  }

  async signOut() {
    await this.api.delete('session');
    sessionStorage.clear();
    this.me = null;
    this.emit('signed-out');
  }

  /** The server does not know us any more. */
  expire() {
    if (this.me) this.emit('expired');
  }
}
