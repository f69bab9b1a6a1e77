// Signing in: in place of the page, or over it when a session has ended.

import { h, say } from '../core/dom.js';
import { icon } from '../core/icons.js';

/**
 * @param {import('../core/session.js').Session} session
 * @param {string} [reason] why one has to sign in again
 * @returns {Promise<void>} when somebody is signed in
 */
export function askToSignIn(session, reason) {
  return new Promise((resolve) => {
    const problem = h('p.form-problem', { role: 'alert' });
    const email = h('input', {
      id: 'sign-in-email', type: 'email', name: 'email', autocomplete: 'username', required: true,
      value: session.me?.email ?? '',
    });
    const password = h('input', {
      id: 'sign-in-password', type: 'password', name: 'password', autocomplete: 'current-password', required: true,
    });
    const button = h('button.primary.wide', { type: 'submit' }, 'Sign in');
    const form = h(
      'form.sign-in-card', { novalidate: true, onsubmit: submit },
      h('span.brand-mark', { 'aria-hidden': 'true' }),
      h('h1', null, reason ? 'Welcome back' : 'Sign in to Ochre'),
      h('p.muted', null, reason ?? 'Who owns the next reply, decided once.'),
      h('label', { for: 'sign-in-email' }, 'Email'), email,
      h('label', { for: 'sign-in-password' }, 'Password'), password,
      problem, button,
      h('p.faint.small', null, icon('lock'), 'Asking for access? Your workspace’s owner adds people.'),
    );
    const page = h('main.sign-in', null, form);
    document.body.append(page);
    document.title = 'Sign in · Ochre';
    (email.value ? password : email).focus();

    async function submit(/** @type {SubmitEvent} */ event) {
      event.preventDefault();
      say(problem, '');
      if (!email.value || !password.value) {
        refuse('Enter your email and your password.');
        return;
      }
      button.disabled = true;
      try {
        await session.signIn(email.value.trim(), password.value);
        page.remove();
        document.title = 'Ochre';
        resolve();
      } catch (error) {
        refuse(sentence(error));
      } finally {
        button.disabled = false;
      }
    }

    function refuse(/** @type {string} */ text) {
      say(problem, text);
      for (const input of [email, password]) input.setAttribute('aria-invalid', 'true');
      password.select();
      password.focus();
    }
  });
}

/** @param {any} error */
function sentence(error) {
  switch (error.code) {
    case 'invalid_credentials':
      return 'That email and password do not belong together.';
    case 'rate_limited':
      return 'Too many attempts with this address. Wait a minute, then try again.';
    case 'unreachable':
      return 'The server cannot be reached. Try again in a moment.';
    default:
      return error.message;
  }
}
