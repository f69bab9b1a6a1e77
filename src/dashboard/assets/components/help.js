// All keys on one page, and the switch that turns them off.

import { h } from '../core/dom.js';
import { openDialog } from './dialog.js';

/** @type {Record<string, string>} */
const SHOWN = { PageDown: 'PgDn', PageUp: 'PgUp', ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc', Enter: '↵', Mod: /Mac/.test(navigator.platform) ? '⌘' : 'Ctrl', Shift: '⇧' };

/** @param {import('../app.js').App} app */
export function openHelp(app) {
  /** @type {Map<string, import('../core/keyboard.js').Binding[]>} */
  const groups = new Map();
  for (const binding of app.keyboard.bindings) {
    const isHidden = binding.when && binding.group === 'Conversation' && !app.session.mayAct;
    if (isHidden) continue;
    groups.set(binding.group, [...(groups.get(binding.group) ?? []), binding]);
  }
  const toggle = h('input', {
    type: 'checkbox', checked: app.keyboard.isOn,
    onchange: () => { app.keyboard.isOn = toggle.checked; },
  });
  const content = h(
    'div.dialog-body', null,
    h('div.help', { tabindex: '0', role: 'region', 'aria-label': 'Keys' }, ...[...groups].map(([group, bindings]) => h(
      'section', null, h('h3', null, group),
      h('dl', null, ...bindings.map(({ keys, name }) => h('div', null, h('dt', null, ...keys.slice(0, 2).map(caps)), h('dd', null, name)))),
    ))),
    h('footer.dialog-foot', null, h('label.check', null, toggle, 'Single keys do something (turn off when you dictate)')),
  );
  openDialog({ title: 'Keys', content, kind: 'help-dialog' });
}

/** @param {string} name */
function caps(name) {
  return h('span.caps', null, ...name.split('+').map((key) => h('kbd', null, SHOWN[key] ?? (key.length === 1 ? key.toLowerCase() : key))));
}
