// `<ochre-trust>`: whether what is shown is what the server holds, and when that was last proved.

import { h, say } from '../core/dom.js';
import { ago } from '../core/time.js';

const SAID = {
  live: ['Live', 'Every change arrives as it happens.'],
  'catching up': ['Catching up', 'Some changes are still on their way.'],
  offline: ['Offline', 'The server cannot be reached. What you see may be old.'],
};

export class TrustElement extends HTMLElement {
  /** @param {import('../app.js').App} app */
  follow(app) {
    this.app = app;
    this.name = h('span.side-name');
    this.detail = h('span.trust-detail', { role: 'tooltip', id: 'trust-detail' });
    this.button = h(
      'button.trust', { type: 'button', 'aria-describedby': 'trust-detail' },
      h('i.trust-dot', { 'aria-hidden': 'true' }), this.name, this.detail,
    );
    this.append(this.button);
    app.live.on('state', () => this.refresh());
    app.live.on('healed', () => app.toasts.announce('The list was not as it should be and was read anew.'));
    this.button.addEventListener('pointerenter', () => this.refresh());
    this.button.addEventListener('focus', () => this.refresh());
    setInterval(() => this.refresh(), 5_000);
    this.refresh();
  }

  refresh() {
    const { live } = this.app;
    const [name, meaning] = SAID[live.state];
    if (this.dataset.state !== live.state) {
      if (this.dataset.state) this.app.toasts.announce(`${name}. ${meaning}`);
      this.dataset.state = live.state;
    }
    const verified = live.verifiedAt
      ? `Verified against the server ${ago(new Date(live.verifiedAt).toISOString())}.`
      : 'Not verified against the server yet.';
    say(this.name, name);
    say(this.detail, `${meaning} ${verified}`);
  }
}

customElements.define('ochre-trust', TrustElement);
