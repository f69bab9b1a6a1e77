// Many conversations to one person: what will happen, how far it is, what became of each, and back again.

import { sentenceOf } from '../actions/assign.js';
import { openDialog } from '../components/dialog.js';
import { fill, h, say } from '../core/dom.js';

/** @typedef {{conversation_id: string, outcome: 'changed'|'unchanged'|'failed', code?: string, version?: number}} Result */
/**
 * @typedef {object} BulkRequest
 * @property {{filter: string}|{conversation_ids: string[]}} what
 * @property {number} count
 * @property {{id: string, name: string}|null} assignee
 * @property {{body: string, mentions?: string[]}} [note]
 * @property {Map<string, import('../core/types.js').Conversation|undefined>} titles
 * @property {() => void} ondone
 */

const LISTED_MOST = 200;
/** @type {Record<string, string>} */
const REASONS = {
  already_assigned: 'somebody has it already',
  assignee_not_eligible: 'that person cannot be assigned',
  not_found: 'it is not there any more',
  version_mismatch: 'it changed in the meantime',
  nothing_to_undo: 'somebody changed the owner since',
  overloaded: 'too much at once',
};

/** @param {import('../app.js').App} app @param {BulkRequest} request */
export async function runBulk(app, request) {
  const target = request.assignee
    ? (request.assignee.id === app.session.me.id ? 'you' : request.assignee.name) : 'nobody';
  const body = h('div.dialog-body', null, h('p.muted', { role: 'status' }, 'Looking at what would happen…'));
  const dialog = openDialog({ title: `Assign ${request.count.toLocaleString('en')} to ${target}`, content: body, kind: 'bulk' });
  const only = h('input', { type: 'checkbox', id: 'bulk-only', onchange: preview });

  function command() {
    return {
      ...request.what,
      assignee: request.assignee?.id ?? null,
      ...(request.note ? { note: request.note } : {}),
      ...(only.checked ? { only_unassigned: true } : {}),
    };
  }

  async function preview() {
    try {
      const forecast = await app.bulk.preview(command());
      const go = h('button.primary', { type: 'button', 'data-bulk-go': true, onclick: run }, `Assign ${forecast.changed.toLocaleString('en')} to ${target}`);
      go.disabled = forecast.changed === 0;
      const hadFocus = body.contains(document.activeElement) && document.activeElement === only;
      fill(
        body, tally(forecast, { changed: 'will change', unchanged: 'stay as they are', failed: 'cannot be changed' }),
        request.assignee && h('label.check', null, only, 'Only those that are nobody’s'),
        resultList(forecast.results.filter((/** @type {Result} */ one) => one.outcome === 'failed'), request.titles),
        h('footer.dialog-foot', null, h('button', { type: 'button', onclick: dialog.close }, 'Cancel'), go),
      );
      (hadFocus ? only : go).focus();
    } catch (error) {
      refused(error);
    }
  }

  async function run() {
    const bar = h('progress', { max: '100', value: 0, 'aria-label': 'Progress' });
    const word = h('span.muted', { role: 'status' }, 'Assigning…');
    fill(body, h('div.progress', null, bar, word));
    try {
      const result = await app.bulk.run(command(), (done, total) => {
        bar.max = total;
        bar.value = done;
        say(word, `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`);
      });
      finished(result);
      request.ondone();
    } catch (error) {
      refused(error);
    }
  }

  /** @param {any} result */
  function finished(result) {
    const undo = h('button', { type: 'button', 'data-bulk-undo': true, onclick: () => undoAll(result.operation_id) }, 'Undo');
    const close = h('button.primary', { type: 'button', onclick: dialog.close }, 'Done');
    fill(
      body, tally(result, { changed: 'changed', unchanged: 'were so already', failed: 'not changed' }),
      resultList(failuresFirst(result.results), request.titles),
      h('footer.dialog-foot', null, result.changed ? undo : null, close),
    );
    close.focus();
    app.toasts.announce(`${result.changed} changed, ${result.unchanged} unchanged, ${result.failed} failed.`);
  }

  /** @param {string} operation */
  async function undoAll(operation) {
    fill(body, h('p.muted', { role: 'status' }, 'Taking it back…'));
    try {
      const result = await app.bulk.undo(operation);
      const close = h('button.primary', { type: 'button', onclick: dialog.close }, 'Done');
      fill(
        body, tally(result, { changed: 'taken back', unchanged: 'were so already', failed: 'left alone: changed since' }),
        resultList(failuresFirst(result.results), request.titles), h('footer.dialog-foot', null, close),
      );
      close.focus();
    } catch (error) {
      refused(error);
    }
  }

  /** @param {any} error */
  function refused(error) {
    const text = error.code === 'too_many_items'
      ? 'That is more than 10,000 at once. Select fewer.' : sentenceOf(error);
    fill(body, h('p.form-problem', { role: 'alert' }, text), h('footer.dialog-foot', null,
      h('button', { type: 'button', autofocus: true, onclick: dialog.close }, 'Close')));
  }

  await preview();
}

/** @param {Result[]} results */
function failuresFirst(results) {
  const rank = { failed: 0, unchanged: 1, changed: 2 };
  return [...results].sort((one, other) => rank[one.outcome] - rank[other.outcome]);
}

/** @param {{changed: number, unchanged: number, failed: number}} counts @param {Record<string, string>} words */
function tally(counts, words) {
  const part = (/** @type {'changed'|'unchanged'|'failed'} */ key) => counts[key] > 0 || key === 'changed'
    ? h('li', { class: key, 'data-tally': key }, h('strong', null, counts[key].toLocaleString('en')), ` ${words[key]}`) : null;
  return h('ul.tally', null, part('failed'), part('changed'), part('unchanged'));
}

/** @param {Result[]} results @param {BulkRequest['titles']} titles */
function resultList(results, titles) {
  if (!results.length) return null;
  return h('ul.results', { tabindex: '0', 'aria-label': 'Results' }, ...results.slice(0, LISTED_MOST).map(({ conversation_id: id, outcome, code }) => {
    const known = titles.get(id);
    return h(
      'li', { class: outcome }, h('span.result-what', null, known ? `#${known.number} ${known.subject}` : id),
      h('span.result-how', null, outcome === 'failed' ? REASONS[code] ?? code : outcome),
    );
  }), results.length > LISTED_MOST ? h('li.muted', null, `and ${(results.length - LISTED_MOST).toLocaleString('en')} more`) : null);
}
