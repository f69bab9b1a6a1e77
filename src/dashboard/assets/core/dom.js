// Making and changing elements. Whatever comes from people is put in as text, never as markup.

/**
 * Makes an element. The first word is its tag, the rest of it are its classes: `button.primary`.
 *
 * @param {string} what
 * @param {Record<string, any>|null} [properties] listeners begin with `on`; null and false are left out
 * @param {...any} children elements, texts, lists of them; null and false are left out
 * @returns {any} an element; its type depends on the tag
 */
export function h(what, properties, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  element.append(...flat(children));
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
export function set(element, name, value) {
  if (name.startsWith('on') && typeof value === 'function') {
    element.addEventListener(name.slice(2), value);
  } else if (name === 'class') {
    element.className = `${element.className} ${value ?? ''}`.trim();
  } else if (name === 'style') {
    for (const [key, entry] of Object.entries(value)) element.style.setProperty(key, String(entry));
  } else if (name === 'value' || name === 'checked' || name === 'selected' || name === 'indeterminate') {
    /** @type {any} */ (element)[name] = value;
  } else if (value === true) {
    element.setAttribute(name, '');
  } else if (value === false || value === null || value === undefined) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, String(value));
  }
}

/** @param {any[]} children @returns {(Node|string)[]} */
function flat(children) {
  return children.flat(9).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Puts other children in place of those that an element has. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
}

/** Changes a text only where it differs, so that nothing is laid out in vain. @param {Node} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @type {WeakMap<Element, Map<string, HTMLElement>>} */
const kept = new WeakMap();

/**
 * Makes the children of an element be those of a list, keeping the element of each key: focus, scroll and
 * what somebody typed stay where they are.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} create
 * @param {(element: HTMLElement, item: T) => void} [update]
 */
export function keyed(parent, items, keyOf, create, update) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  /** @type {ChildNode|null} */
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const element = before.get(key) ?? create(item);
    before.delete(key);
    update?.(element, item);
    after.set(key, element);
    if (element === place) place = element.nextSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of before.values()) element.remove();
  kept.set(parent, after);
}

/** @type {Map<Function, true>} */
const waiting = new Map();
let isWaiting = false;

/** Runs a function before the next picture, once however often it was asked for. @param {() => void} run */
export function schedule(run) {
  waiting.set(run, true);
  if (isWaiting) return;
  isWaiting = true;
  if (document.hidden) setTimeout(flush, 50);
  else requestAnimationFrame(flush);
}

function flush() {
  isWaiting = false;
  const all = [...waiting.keys()];
  waiting.clear();
  for (const run of all) run();
}

// A page that is hidden paints no pictures, and what waited for one must not wait for ever.
document.addEventListener('visibilitychange', () => {
  if (document.hidden && isWaiting) setTimeout(flush, 50);
});

/** Listeners by name. */
export class Emitter {
  constructor() {
    /** @type {Map<string, Set<(value: any) => void>>} */
    this.listeners = new Map();
  }

  /** @param {string} type @param {(value: any) => void} listener @returns {() => void} what takes it away again */
  on(type, listener) {
    const all = this.listeners.get(type) ?? new Set();
    all.add(listener);
    this.listeners.set(type, all);
    return () => all.delete(listener);
  }

  /** @param {string} type @param {any} [value] */
  emit(type, value) {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener(value);
  }
}
