// Starts the dashboard: who is signed in, where are they, and what should they see.

import { App } from './app.js';
import { Shell } from './components/shell.js';
import { askToSignIn } from './components/sign-in.js';

const app = new App();
/** @type {Shell|null} */
let shell = null;
let isAsking = false;

async function start() {
  document.body.append(app.toasts.element);
  app.session.on('expired', returnAfterSigningIn);
  app.session.on('signed-out', () => location.assign('/'));
  app.live.on('ended', () => app.session.find().then((known) => !known && app.session.expire()));
  // A refused handshake looks like a broken line: a request tells whether the session has ended.
  app.live.on('lost', (attempt) => {
    if (attempt % 3 === 2) app.api.get('me').catch(() => {});
  });
  if (!(await app.session.find())) await askToSignIn(app.session);
  enter();
}

function enter() {
  shell = new Shell(app);
  document.body.prepend(shell.element);
  app.begin();
  shell.show(app.router.place);
}

/** What is on the screen stays where it is, with half-written notes, until somebody is signed in again. */
async function returnAfterSigningIn() {
  if (isAsking) return;
  isAsking = true;
  const before = app.session.me.id;
  app.live.isWanted = false;
  app.live.socket?.close(1000);
  shell.element.inert = true;
  await askToSignIn(app.session, 'Your session has ended. Sign in to go on where you were.');
  if (app.session.me.id !== before) location.reload();
  shell.element.inert = false;
  isAsking = false;
  app.live.start();
}

start().catch((error) => {
  document.body.textContent = `The dashboard cannot start: ${error.message} Reload the page to try again.`;
});
