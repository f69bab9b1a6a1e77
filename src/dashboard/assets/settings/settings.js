// The settings: which pages there are for whom, and the one that is open.

import { fill, h } from '../core/dom.js';
import { icon } from '../core/icons.js';

/** @typedef {{key: string, name: string, icon: string, group: string, isForAdmins: boolean, open: (app: import('../app.js').App) => Promise<Element>|Element}} SettingsPage */

/** @type {SettingsPage[]} */
const PAGES = [
  page('profile', 'Profile', 'mine', 'You', false, async (app) => (await import('./profile.js')).profilePage(app)),
  page('notifications', 'Notifications', 'bell', 'You', false, async (app) => (await import('./preferences.js')).preferencesPage(app)),
  page('tokens', 'Tokens', 'key', 'You', false, async (app) => (await import('./tokens.js')).tokensPage(app)),
  page('people', 'People', 'people', 'Workspace', true, async (app) => (await import('./people.js')).peoplePage(app)),
  page('teams', 'Teams and rotation', 'team', 'Workspace', true, async (app) => (await import('./teams.js')).teamsPage(app)),
  page('rules', 'Routing rules', 'rules', 'Workspace', true, async (app) => (await import('./rules.js')).rulesPage(app)),
  page('autopilot', 'Autopilot', 'spark', 'Workspace', true, async (app) => (await import('./autopilot.js')).autopilotPage(app)),
  page('webhooks', 'Webhooks', 'hook', 'Workspace', true, async (app) => (await import('./webhooks.js')).webhooksPage(app)),
];

/** @param {string} key @param {string} name @param {string} picture @param {string} group @param {boolean} isForAdmins @param {SettingsPage['open']} open */
function page(key, name, picture, group, isForAdmins, open) {
  return { key, name, icon: picture, group, isForAdmins, open };
}

/** @param {import('../app.js').App} app @param {string|null} section @returns {Promise<{element: Element, leave: () => void}>} */
export async function openSettings(app, section) {
  loadStyles();
  // Everybody may see who the colleagues are; only the forms are for those who may change them.
  const visible = PAGES.filter(({ isForAdmins, key }) => !isForAdmins || app.session.mayAdminister || key === 'people' || key === 'teams');
  const current = visible.find(({ key }) => key === section) ?? visible[0];
  document.title = `${current.name} · Ochre`;
  const main = h('main.settings-page', { id: 'main', 'aria-label': current.name });
  const element = h('div.settings', null, navigation(visible, current), main);
  try {
    fill(main, await current.open(app));
  } catch (error) {
    fill(main, h('div.empty', { role: 'alert' }, icon(current.icon), h('h1', null, current.name),
      h('p', null, error.status === 404 ? 'This server does not offer that.' : error.message)));
  }
  return { element, leave: () => main.dispatchEvent(new CustomEvent('leave')) };
}

/** @param {SettingsPage[]} pages @param {SettingsPage} current */
function navigation(pages, current) {
  const groups = [...new Set(pages.map(({ group }) => group))];
  return h('nav.settings-nav', { 'aria-label': 'Settings' }, ...groups.map((group) => h(
    'section', null, h('h2', null, group),
    h('ul', null, ...pages.filter((one) => one.group === group).map((one) => h('li', null, h(
      'a.side-link', { href: `/settings/${one.key}`, 'data-route': true, 'aria-current': one === current ? 'page' : null },
      icon(one.icon), h('span', null, one.name),
    )))),
  )));
}

let hasStyles = false;

function loadStyles() {
  if (hasStyles) return;
  hasStyles = true;
  const href = new URL('../styles/settings.css', import.meta.url).href;
  document.head.append(h('link', { rel: 'stylesheet', href }));
}
