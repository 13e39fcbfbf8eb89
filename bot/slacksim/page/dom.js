// Elements are built here and nowhere else. Text reaches the page as text nodes only, so that nothing a customer,
// a CSV file or the app under test wrote can become markup.

const SVG = 'http://www.w3.org/2000/svg';
const NEVER = new Set(['innerHTML', 'outerHTML', 'srcdoc', 'style']);
const PROPERTIES = new Set(['value', 'checked', 'selected', 'disabled', 'indeterminate', 'hidden', 'tabIndex', 'htmlFor']);

// h builds an element: h('button.quiet', {type: 'button', onclick: f, data: {ts}}, 'Label', icon).
export function h(spec, props, ...kids) {
  const [tag, ...classes] = spec.split('.');
  const el = document.createElement(tag);
  if (classes.length) el.className = classes.join(' ');
  return fill(el, props, kids);
}

// s builds an SVG element.
export function s(tag, props, ...kids) {
  return fill(document.createElementNS(SVG, tag), props, kids);
}

function fill(el, props, kids) {
  for (const [name, value] of Object.entries(props || {})) set(el, name, value);
  append(el, kids);
  return el;
}

function set(el, name, value) {
  if (NEVER.has(name)) throw new Error(`${name} is not for this page`);
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
  else if (name === 'data') for (const [k, v] of Object.entries(value)) { if (v !== undefined && v !== null) el.dataset[k] = v; }
  else if (name === 'css') for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
  else if (name === 'class') el.classList.add(...String(value).split(' ').filter(Boolean));
  else if (name === 'href' || name === 'src') { const safe = safeURL(value); if (safe) el.setAttribute(name, safe); }
  else if (PROPERTIES.has(name) && !(el instanceof SVGElement)) el[name] = value;
  else el.setAttribute(name, value === true ? '' : value);
}

export function append(el, kids) {
  for (const kid of kids.flat(Infinity)) {
    if (kid === null || kid === undefined || kid === false || kid === '') continue;
    el.append(kid instanceof Node ? kid : String(kid));
  }
  return el;
}

// safeURL answers '' for anything a click should not follow.
export function safeURL(url) {
  let parsed;
  try { parsed = new URL(String(url), document.baseURI); } catch { return ''; }
  return ['http:', 'https:', 'mailto:', 'tel:'].includes(parsed.protocol) ? parsed.href : '';
}

// patch makes the children of parent those of items ({key, sig, make}) and keeps every element whose signature
// stayed the same: what a person is typing in, has open or has focused survives a refresh of everything around it.
export function patch(parent, items) {
  const wanted = new Set(items.map((item) => item.key));
  const old = new Map();
  const back = holdFocus(parent);
  for (const child of [...parent.children]) {
    if (wanted.has(child.patchKey) && !old.has(child.patchKey)) old.set(child.patchKey, child);
    else child.remove();
  }
  let at = parent.firstElementChild;
  for (const { key, sig, make } of items) {
    let el = old.get(key);
    if (!el || el.patchSig !== sig) {
      const fresh = make();
      fresh.patchKey = key;
      fresh.patchSig = sig;
      if (el) {
        if (at === el) at = fresh;
        el.replaceWith(fresh);
      }
      el = fresh;
    }
    if (el === at) at = at.nextElementSibling;
    else parent.insertBefore(el, at);
  }
  back();
}

// holdFocus remembers which control is focused, by what it is rather than by which node it is, and gives a function
// that focuses its successor if the node went away.
function holdFocus(parent) {
  const el = document.activeElement;
  if (!el || el === document.body || !parent.contains(el)) return () => {};
  const selector = focusSelector(el);
  const range = 'selectionStart' in el ? readRange(el) : null;
  return () => {
    if (el.isConnected && document.activeElement === el) return;
    const next = selector && parent.querySelector(selector);
    if (!next) return;
    next.focus({ preventScroll: true });
    if (range && next.setSelectionRange) writeRange(next, range);
  };
}

// focusSelector describes a control so that its successor can be found.
export function focusSelector(el) {
  if (!el || el === document.body) return '';
  const host = el.closest('[data-action-id]');
  if (host) {
    const scope = host.closest('[data-ts]');
    const block = host.dataset.blockId ? `[data-block-id="${CSS.escape(host.dataset.blockId)}"]` : '';
    const self = `${block}[data-action-id="${CSS.escape(host.dataset.actionId)}"]`;
    const within = scope ? `[data-ts="${CSS.escape(scope.dataset.ts)}"] ` : '';
    const which = /^(radio|checkbox)$/.test(el.type) ? `[value="${CSS.escape(el.value)}"]` : '';
    return el === host ? within + self : `${within}${self} ${el.tagName.toLowerCase()}${which}`;
  }
  if (el.dataset.focus) return `[data-focus="${CSS.escape(el.dataset.focus)}"]`;
  return el.id ? `#${CSS.escape(el.id)}` : '';
}

// Number and date inputs have the property and throw on use.
function readRange(el) {
  try { return [el.selectionStart, el.selectionEnd]; } catch { return null; }
}

function writeRange(el, [from, to]) {
  try { el.setSelectionRange(from, to); } catch { /* an input without a caret keeps its own */ }
}

let serial = 0;

// uid gives ids for label/control pairs; they need to be unique, not stable.
export const uid = (prefix) => `${prefix}-${++serial}`;

export const remember = (key, value) => {
  try { localStorage.setItem(`slacksim.${key}`, value); } catch { /* a browser that keeps nothing asks again */ }
};

export const recall = (key) => {
  try { return localStorage.getItem(`slacksim.${key}`); } catch { return null; }
};
