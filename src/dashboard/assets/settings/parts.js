// What the pages of the settings are built of.

import { sentenceOf } from '../actions/assign.js';
import { h } from '../core/dom.js';

let counter = 0;

/** @param {string} title @param {string} lead @param {...any} content */
export function page(title, lead, ...content) {
  return h('div.page', null, h('header.page-head', null, h('h1', { tabindex: '-1' }, title), h('p.muted', null, lead)), ...content);
}

/** @param {string|null} title @param {...any} content */
export function card(title, ...content) {
  return h('section.card', null, title && h('h2', null, title), ...content);
}

/** A label above what it names. @param {string} label @param {HTMLElement} control @param {string} [hint] */
export function field(label, control, hint) {
  counter += 1;
  const target = control.matches('input, select, textarea') ? control : control.querySelector('input, select, textarea');
  if (target && !target.id) target.id = `field-${counter}`;
  if (hint && target) target.setAttribute('aria-describedby', `hint-${counter}`);
  return h('div.field', null, h('label', { for: target?.id }, label), control, hint && h('p.faint.small', { id: `hint-${counter}` }, hint));
}

/** @param {string[]} heads @param {any[]} rows */
export function table(heads, rows) {
  return h('div.table-wrap', { tabindex: '0', role: 'region', 'aria-label': heads[0] }, h(
    'table', null, h('thead', null, h('tr', null, ...heads.map((head) => h('th', { scope: 'col' }, head || h('span.unseen', null, 'Actions'))))), h('tbody', null, ...rows)));
}

/** @param {string} label @param {string[]|[string, string][]} values @param {string} value @param {(value: string) => void} [onchange] */
export function choice(label, values, value, onchange) {
  const options = values.map((one) => (Array.isArray(one) ? one : [one, one]));
  const isPlain = values.every((one) => !Array.isArray(one));
  const element = h('select', { class: isPlain ? 'capital' : '', 'aria-label': label, onchange: () => onchange?.(element.value) },
    ...options.map(([key, name]) => h('option', { value: key }, name)));
  element.value = value;
  return element;
}

/**
 * A form that says what went wrong where it was filled in.
 *
 * @param {string} action what the button says
 * @param {any[]} content
 * @param {() => Promise<void>} send
 */
export function form(action, content, send) {
  const problem = h('p.form-problem', { role: 'alert' });
  const button = h('button.primary', { type: 'submit' }, action);
  const element = h('form.form', {
    async onsubmit(/** @type {Event} */ event) {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      problem.textContent = '';
      try {
        await send();
      } catch (error) {
        problem.textContent = refusal(error);
      } finally {
        button.disabled = false;
      }
    },
  }, ...content, problem, h('footer.form-foot', null, button));
  return element;
}

/** @param {any} error @returns {string} */
export function refusal(error) {
  switch (error.code) {
    case 'email_taken': return 'Somebody with that email is here already.';
    case 'last_owner': return 'A workspace needs an owner: make somebody else one first.';
    default: return error.code ? sentenceOf(error) : String(error.message ?? error);
  }
}

/** Does something, and says what kept it from happening. @param {import('../app.js').App} app @param {() => Promise<void>} run */
export async function attempt(app, run) {
  try {
    await run();
    return true;
  } catch (error) {
    app.toasts.show({ text: refusal(error), isProblem: true });
    return false;
  }
}
