// The wall: what everybody in the room should see, from four metres away.

import { avatar } from '../components/avatar.js';
import { fill, h, keyed, say } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { Router } from '../core/router.js';
import { duration, now } from '../core/time.js';
import { Chart } from './chart.js';

/** Ten minutes at a point every two seconds. */
const POINTS = 300;
const POINT_EVERY = 2_000;
const OWNERS_MOST = 7;
const HOTTEST_MOST = 4;
const NEXT_MOST = 5;
/** An unassigned conversation that waits for longer is a worry, and then a trouble. */
const WORRY = 15 * 60_000;
const TROUBLE = 60 * 60_000;

export class Wall {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    loadStyles();
    /** @type {any} */
    this.stats = null;
    this.unassigned = h('strong.huge', { 'data-stat': 'unassigned' }, '–');
    this.oldest = h('span.wall-note');
    this.open = h('strong.big', { 'data-stat': 'all' }, '–');
    this.ai = h('strong.big', { 'data-stat': 'ai_queue' }, '–');
    this.closed = h('span.wall-note');
    this.assignments = h('strong.big', { 'data-stat': 'assignments' }, '–');
    this.conflicts = h('strong.big', { 'data-stat': 'conflicts' }, '–');
    this.claim = h('span.wall-note');
    this.charts = { assignments: new Chart('Assignments a minute', POINTS), conflicts: new Chart('Conflicts a minute', POINTS) };
    this.owners = h('ol.owners', { 'aria-label': 'Owners with their open conversations' });
    this.hottest = h('ol.hottest', { 'aria-label': 'Most contended conversations' });
    this.rotations = h('div.wall-rotations');
    this.clock = h('time.wall-clock');
    this.missing = h('p.wall-note', { hidden: true, role: 'status' }, 'This server does not count yet.');
    this.trust = /** @type {any} */ (h('ochre-trust'));
    this.trust.follow(app);
    this.element = this.#build();
    this.stopListening = app.live.on('stats', (stats) => this.#take(stats));
    app.live.subscribe('stats', { position: () => null, receive: () => 'applied' });
    app.api.get('stats').then((stats) => this.#take(stats), () => { this.missing.hidden = false; });
    this.timer = setInterval(() => this.#tick(), POINT_EVERY);
    this.#tick();
    document.title = 'Wall · Ochre';
  }

  leave() {
    clearInterval(this.timer);
    this.stopListening();
    this.app.live.unsubscribe('stats');
  }

  #build() {
    const panel = (/** @type {string} */ kind, /** @type {string} */ title, /** @type {any[]} */ ...content) => h(`section.panel.${kind}`, { 'aria-label': title }, h('h2', null, title), ...content);
    return h('main.wall', { id: 'main', 'aria-label': 'Wall' },
      h('header.wall-head', null, h('a.icon-only.button.quiet', { href: '/', 'data-route': true, 'aria-label': 'Back to the inbox' }, icon('back')),
        h('h1', null, this.app.session.workspace.name), this.missing, h('span.spacer'), this.trust, this.clock),
      panel('lead', 'Unassigned', this.unassigned, this.oldest),
      panel('counts', 'Open', this.open),
      panel('with-ai', 'With the AI', this.ai, this.closed),
      panel('flow', 'Assignments a minute', this.assignments, this.charts.assignments.element, this.claim),
      panel('heat', 'Conflicts a minute', this.conflicts, this.charts.conflicts.element, this.hottest),
      panel('people', 'Owners', this.owners),
      panel('next', 'Next in the rotation', this.rotations));
  }

  /** @param {any} stats */
  #take(stats) {
    this.stats = stats;
    this.missing.hidden = true;
    this.#draw();
  }

  #tick() {
    say(this.clock, new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(now()));
    if (!this.stats) return;
    this.charts.assignments.add(this.stats.per_minute.assignments);
    this.charts.conflicts.add(this.stats.per_minute.conflicts);
    this.#drawAge();
  }

  #draw() {
    const { counts, ai, owners, per_minute: perMinute, hottest, time_to_claim_ms: claim, rotations } = this.stats;
    const { people } = this.app;
    say(this.unassigned, counts.unassigned.toLocaleString('en'));
    say(this.open, counts.all.toLocaleString('en'));
    say(this.ai, (ai?.handling ?? counts.ai_queue).toLocaleString('en'));
    say(this.closed, ai ? `${ai.closed_today.toLocaleString('en')} closed by itself today` : '');
    say(this.assignments, perMinute.assignments.toLocaleString('en'));
    say(this.conflicts, perMinute.conflicts.toLocaleString('en'));
    say(this.claim, claim?.p50 !== null && claim?.p50 !== undefined ? `Claimed within ${duration(claim.p50)}, p99 ${duration(claim.p99)}` : '');
    this.#drawAge();
    const most = Math.max(1, ...owners.map((/** @type {any} */ owner) => owner.open));
    const shown = [...owners].sort((one, other) => other.open - one.open).slice(0, OWNERS_MOST);
    keyed(this.owners, shown, (owner) => owner.id, (owner) => h('li', null, avatar(owner, 'large'), h('span.owner-name'), h('i'), h('strong')), (element, owner) => {
      say(element.children[1], people.name(owner));
      /** @type {HTMLElement} */ (element.children[2]).style.setProperty('--part', String(owner.open / most));
      say(element.children[3], owner.open.toLocaleString('en'));
    });
    keyed(this.hottest, (hottest ?? []).slice(0, HOTTEST_MOST), (/** @type {any} */ one) => one.conversation_id, (one) => h('li', null, h('a', { href: Router.inbox(one.conversation_id, 'all'), 'data-route': true }), h('strong')), (element, one) => {
      const known = this.app.heldConversations().find(({ id }) => id === one.conversation_id);
      say(element.children[0], known ? `#${known.number} ${known.subject}` : one.conversation_id.slice(0, 14));
      say(element.children[1], `${one.conflicts}×`);
    });
    this.#drawRotations(rotations ?? []);
  }

  /** @param {{team: any, next: any[]}[]} rotations */
  #drawRotations(rotations) {
    const { people } = this.app;
    const shown = JSON.stringify(rotations) + people.byId.size;
    if (this.rotations.dataset.shown === shown) return;
    this.rotations.dataset.shown = shown;
    fill(this.rotations, ...rotations.map(({ team, next }) => h('div', null, h('h3', null, team?.name ?? (team === 'default' ? 'Everybody' : this.#teamName(team))),
      h('ol', null, ...next.slice(0, NEXT_MOST).map((user) => {
        const id = user?.id ?? user;
        const name = people.nameOf(id);
        return h('li', null, avatar({ id, name }), h('span', null, name));
      })))));
  }

  /** @param {string} id */
  #teamName(id) {
    if (!this.teams) {
      this.teams = new Map();
      this.app.api.get('teams').then(({ items }) => {
        for (const team of items) this.teams.set(team.id, team.name);
        delete this.rotations.dataset.shown;
        if (this.stats) this.#draw();
      }, () => {});
    }
    return this.teams.get(id) ?? 'A team';
  }

  #drawAge() {
    const since = this.stats?.oldest_unassigned_at;
    const age = since ? now() - Date.parse(since) : 0;
    say(this.oldest, since ? `the oldest waits for ${duration(age)}` : 'nobody waits');
    const panel = /** @type {HTMLElement} */ (this.element.querySelector('.lead'));
    panel.dataset.worry = age > TROUBLE ? 'trouble' : age > WORRY ? 'worry' : 'none';
  }
}

let hasStyles = false;

function loadStyles() {
  if (hasStyles) return;
  hasStyles = true;
  document.head.append(h('link', { rel: 'stylesheet', href: new URL('../styles/wall.css', import.meta.url).href }));
}
