// The head of the AI queue: that it listens, and two numbers.

import { h, say, schedule } from '../core/dom.js';
import { icon } from '../core/icons.js';

export class AiStrip {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.handling = h('strong', { 'data-stat': 'handling' }, '–');
    this.closed = h('strong', { 'data-stat': 'closed_today' }, '–');
    this.element = h(
      'section.ai-strip', { hidden: true, 'aria-label': 'What the AI does' },
      h('span.listening', null, h('i.wave', { 'aria-hidden': 'true' }, h('b'), h('b'), h('b')), 'Listening'),
      h('span.stat', null, this.handling, ' handled now'),
      h('span.stat', { title: 'Closed since midnight by the AI, with no reply by a person' }, icon('closed'), this.closed, ' closed today'),
    );
    this.isFollowing = false;
    /** @type {any} */
    this.stats = null;
    app.on('counts', () => schedule(this.#draw));
    app.live.on('stats', (stats) => {
      this.stats = stats;
      schedule(this.#draw);
    });
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.element.hidden = !isShown;
    if (isShown === this.isFollowing) return;
    this.isFollowing = isShown;
    if (!isShown) {
      this.app.live.unsubscribe('stats');
      return;
    }
    this.app.live.subscribe('stats', { position: () => null, receive: () => 'applied' });
    this.app.api.get('stats').then((stats) => {
      this.stats ??= stats;
      this.#draw();
    }, () => {});
  }

  #draw = () => {
    const handling = this.app.counts.ai_queue ?? this.stats?.ai?.handling;
    say(this.handling, handling === undefined ? '–' : handling.toLocaleString('en'));
    const closed = this.stats?.ai?.closed_today;
    say(this.closed, closed === undefined ? '–' : closed.toLocaleString('en'));
  };
}
