// Autopilot: one switch, and what the AI may do while it is on.

import { h } from '../core/dom.js';
import { card, choice, field, form, page } from './parts.js';

const MODES = /** @type {[string, string][]} */ ([['auto', 'Send by itself'], ['draft', 'Draft only'], ['off', 'Stay out']]);

/** @param {import('../app.js').App} app */
export async function autopilotPage(app) {
  const holder = h('div.stack');
  const send = async (/** @type {any} */ change) => {
    const settings = await app.api.put('autopilot', change);
    await app.session.refresh();
    app.toasts.show({ text: settings.enabled ? 'Autopilot is on' : 'Autopilot is off' });
    holder.replaceChildren(...content(settings));
  };

  /** @param {any} settings */
  function content(settings) {
    const toggle = h('input.switch', {
      type: 'checkbox', role: 'switch', checked: settings.enabled, 'aria-label': 'Autopilot',
      async onchange() {
        try {
          await send({ enabled: toggle.checked });
        } catch (error) {
          toggle.checked = settings.enabled;
          app.toasts.show({ text: error.message, isProblem: true });
        }
      },
    });
    const head = card(null, h('div.switch-line', null, toggle, h('div', null, h('strong', null, settings.enabled ? 'On' : 'Off'),
      h('p.muted', null, settings.enabled ? 'New conversations begin with the AI. Whoever takes one over stops it for good.' : 'New conversations begin with people. Nothing is sent by the AI, also not where it was at work.'))));
    return settings.channels ? [head, details(settings)] : [head];
  }

  /** @param {any} settings */
  function details(settings) {
    const channels = Object.entries(settings.channels).map(([channel, mode]) => ({ channel, select: choice(`Mode for ${channel}`, MODES, String(mode)) }));
    const auto = percentage(settings.auto_send_floor);
    const silence = percentage(settings.silence_floor);
    const bypass = h('input', { type: 'text', value: (settings.bypass ?? []).join(', ') });
    return card('What it may do', form('Save', [
      h('div.columns', null, ...channels.map(({ channel, select }) => field(channel[0].toUpperCase() + channel.slice(1), select))),
      h('div.columns', null,
        field('Sends from this confidence on, %', auto, 'Below it, a draft is left for a person.'),
        field('Stays silent below, %', silence, 'Below it, nothing comes of a reply.')),
      field('Never sends with one of these labels or tags', bypass, 'Separated by commas.'),
    ], () => send({
      enabled: settings.enabled,
      channels: Object.fromEntries(channels.map(({ channel, select }) => [channel, select.value])),
      auto_send_floor: Number(auto.value),
      silence_floor: Number(silence.value),
      bypass: bypass.value.split(',').map((/** @type {string} */ one) => one.trim()).filter(Boolean),
    })));
  }

  holder.append(...content(await app.api.get('autopilot')));
  return page('Autopilot', 'The AI answers only what it may, and never after a person took over.', holder);
}

/** @param {number} value */
function percentage(value) {
  return h('input', { type: 'number', min: '0', max: '100', value: String(value) });
}
