// One key, one action. Keys go to whoever bound them last, so that an open dialog comes before the page.

/** @typedef {{keys: string[], name: string, group: string, run: (event: KeyboardEvent) => void, when?: () => boolean}} Binding */

const SWITCH = 'ochre.shortcuts';

/** As people write a key: `Shift+X`, `Mod+K`; `Mod` is Command on a Mac and Control elsewhere. @param {KeyboardEvent} event */
export function nameOf(event) {
  const isLetter = /^[a-z]$/i.test(event.key);
  const key = event.key === ' ' ? 'Space' : isLetter ? event.key.toUpperCase() : event.key;
  const modifiers = [];
  if (event.metaKey || event.ctrlKey) modifiers.push('Mod');
  if (event.altKey) modifiers.push('Alt');
  if (event.shiftKey && (isLetter || key.length > 1)) modifiers.push('Shift');
  return [...modifiers, key].join('+');
}

/** Whether somebody is writing there. @param {EventTarget|null} target */
export function isTyping(target) {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox],[type=radio]), textarea, select');
}

export class Keyboard {
  constructor() {
    /** @type {Binding[]} */
    this.bindings = [];
    addEventListener('keydown', (event) => this.#pressed(event));
  }

  /** Whether keys without a modifier do something; who speaks to the computer may want them off (WCAG 2.1.4). */
  get isOn() {
    return localStorage.getItem(SWITCH) !== 'off';
  }

  set isOn(value) {
    localStorage.setItem(SWITCH, value ? 'on' : 'off');
  }

  /** @param {Binding[]} bindings @returns {() => void} what takes them away again */
  bind(bindings) {
    this.bindings.push(...bindings);
    return () => {
      this.bindings = this.bindings.filter((binding) => !bindings.includes(binding));
    };
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const name = nameOf(event);
    const hasModifier = name.startsWith('Mod+');
    if (!hasModifier && (isTyping(event.target) || !this.isOn)) return;
    if (document.querySelector('dialog[open]')) return;
    for (let at = this.bindings.length - 1; at >= 0; at -= 1) {
      const binding = this.bindings[at];
      if (!binding.keys.includes(name) || binding.when?.() === false) continue;
      // A focused button is pressed with these, and a link is followed.
      const isPressing = (name === 'Enter' || name === 'Space') && event.target !== document.body
        && /** @type {Element} */ (event.target).matches?.('button, a, summary, [role=checkbox]');
      if (isPressing) return;
      event.preventDefault();
      binding.run(event);
      return;
    }
  }
}
