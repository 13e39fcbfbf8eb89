import { h } from './dom.js';
import { icon } from './icons.js';
import { keyOf } from './rooms.js';

// Search in a conversation that is too long to be in the page as a whole: the browser's own would miss most of it.
// Short ones are left to the browser, and so is a second Ctrl+F.

const KEYS = new Set(['text', 'alt_text', 'title', 'name']);
const said = new WeakMap();

function wordsOf(m) {
  if (!said.has(m)) {
    const words = [m.text];
    const walk = (v, key) => {
      if (typeof v === 'string') { if (KEYS.has(key)) words.push(v); } else if (v && typeof v === 'object') for (const [k, x] of Object.entries(v)) walk(x, Array.isArray(v) ? key : k);
    };
    walk([m.blocks, m.attachments, m.files]);
    said.set(m, words.join('\n').toLowerCase());
  }
  return said.get(m);
}

const hits = (channel, q) => (q ? channel.roots.filter((m) => wordsOf(m).includes(q)) : []);

// canFind tells whether the search is ours to make.
export const canFind = (pane) => Boolean(pane?.win?.long);

export function findBar(app, channel, pane) {
  const state = app.ui.find;
  const input = h('input.search', { type: 'search', 'aria-label': `Find in ${channel.name}`, placeholder: `Find in ${channel.name}`, id: 'find-box', autocomplete: 'off', value: state.q });
  const count = h('span.quiet', { role: 'status' });
  let found = [];

  function say() {
    const at = found.findIndex((m) => keyOf(m) === app.ui.find?.key);
    const more = channel.earlier ? ' so far' : '';
    count.textContent = !state.q ? '' : found.length ? `${at < 0 ? '' : `${found.length - at} of `}${found.length}${more}` : `Not found${more}`;
  }

  // go steps through what was found, from the newest back.
  function go(by) {
    found = hits(channel, state.q);
    const at = found.findIndex((m) => keyOf(m) === state.key);
    const next = !found.length ? undefined : found[at < 0 ? found.length - 1 : (at + by + found.length) % found.length];
    state.key = next && keyOf(next);
    if (next) { app.renderList(); pane().win.reveal(state.key, 140); } else app.renderList();
    say();
  }

  input.addEventListener('input', () => { state.q = input.value.trim().toLowerCase(); state.key = null; go(-1); });
  const node = h('div.find', { role: 'search', onkeydown: (e) => {
    if (e.key === 'Enter' && e.target === input) { e.preventDefault(); go(e.shiftKey ? 1 : -1); }
    if (e.key === 'Escape') { e.preventDefault(); app.find(false); }
  } }, icon('search', 18), input, count,
  h('button.plain', { type: 'button', 'aria-label': 'The one before', title: 'The one before (Enter)', onclick: () => go(-1) }, icon('up', 18)),
  h('button.plain', { type: 'button', 'aria-label': 'The one after', title: 'The one after (Shift+Enter)', onclick: () => go(1) }, icon('down', 18)),
  h('button.plain', { type: 'button', 'aria-label': 'Close the search', title: 'Close (Esc)', onclick: () => app.find(false) }, icon('close', 18)));
  node.say = () => { found = hits(channel, state.q); say(); };
  return node;
}
