// Times as people say them. The element keeps itself current, with one timer for all of them.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let offset = 0;

/** Learns how far the server's clock is from ours; small differences are the way of a header in seconds. @param {string|null} date */
export function learnClock(date) {
  const server = date ? Date.parse(date) : NaN;
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  offset = Math.abs(difference) > 2_000 ? difference : 0;
}

/** Now, by the server's clock as far as we know. */
export const now = () => Date.now() + offset;

/** @param {number} milliseconds @returns {string} `now`, `4m`, `3h`, `2d`, `5w` */
export function briefly(milliseconds) {
  if (milliseconds < MINUTE) return 'now';
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)}m`;
  if (milliseconds < DAY) return `${Math.floor(milliseconds / HOUR)}h`;
  if (milliseconds < 14 * DAY) return `${Math.floor(milliseconds / DAY)}d`;
  return `${Math.floor(milliseconds / (7 * DAY))}w`;
}

/** @param {string} at @returns {string} `0.4 s ago`, `12 s ago`, `3 min ago`, `2 h ago`, `5 days ago` */
export function ago(at) {
  const passed = Math.max(0, now() - Date.parse(at));
  if (passed < 10_000) return `${(passed / 1_000).toFixed(1)} s ago`;
  if (passed < MINUTE) return `${Math.floor(passed / 1_000)} s ago`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  const days = Math.floor(passed / DAY);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** @param {number} milliseconds @returns {string} `42 s`, `3 min`, `2 h 5 min` */
export function duration(milliseconds) {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / 1_000)} s`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`;
  if (milliseconds < DAY) {
    return `${Math.floor(milliseconds / HOUR)} h ${Math.floor((milliseconds % HOUR) / MINUTE)} min`;
  }
  return `${Math.floor(milliseconds / DAY)} d ${Math.floor((milliseconds % DAY) / HOUR)} h`;
}

const dated = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const ofDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** @param {string} at */
export const exactly = (at) => dated.format(new Date(at));
/** @param {string} at @returns {string} the time of day when it was today, else date and time */
export function whenever(at) {
  const date = new Date(at);
  return date.toDateString() === new Date(now()).toDateString() ? ofDay.format(date) : dated.format(date);
}

/** @type {Set<AgeElement>} */
const shown = new Set();

/** `<ochre-age at="…">`: how long ago something was. */
export class AgeElement extends HTMLElement {
  static observedAttributes = ['at'];

  connectedCallback() {
    shown.add(this);
    this.refresh();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  attributeChangedCallback() {
    this.refresh();
  }

  refresh() {
    const at = this.getAttribute('at');
    const text = at ? briefly(now() - Date.parse(at)) : '';
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define('ochre-age', AgeElement);
setInterval(() => {
  for (const element of shown) element.refresh();
}, 15_000);
