import { get } from './api.js';
import { faults } from './faults.js';
import { h, patch } from './dom.js';
import { icon } from './icons.js';
import { clockTime, fullTime } from './when.js';

// The inspector: what the app called, what it was sent, what was refused. It reads the dump only while it is open.

const KEPT = 150;
const TABS = [['calls', 'Calls'], ['envelopes', 'Envelopes'], ['refusals', 'Refusals'], ['faults', 'Faults']];
let dump = null;
let asked = 0;
let filter = '';

export function renderInspector(app, aside) {
  const tab = app.ui.drawer;
  aside.hidden = !tab;
  if (!tab) { patch(aside, []); return; }
  const refused = (dump?.refusals || []).length;
  patch(aside, [
    { key: 'head', sig: `${tab} ${refused}`, make: () => head(app, tab, refused) },
    ...(tab === 'faults' ? [{ key: 'faults', sig: app.me.id, make: () => faults(app, dump) }]
      : [{ key: 'filter', sig: '', make: () => search(app) }, { key: 'list', sig: tab, make: () => h('ol.ledger', { 'aria-label': tab, tabIndex: -1 }) }]),
  ]);
  aside.setAttribute('aria-label', tab === 'faults' ? 'Faults' : 'Inspector');
  if (tab !== 'faults') fill(app, aside.querySelector('.ledger'), tab);
  if (asked !== app.seq) load(app);
}

async function load(app) {
  asked = app.seq;
  try {
    dump = await get('dump?messages=no');
  } catch (err) {
    app.toast(err.message, { bad: true });
    return;
  }
  app.render();
}

function head(app, tab, refused) {
  return h('header.bar', null,
    h('div.tabs', { role: 'tablist', 'aria-label': 'Inspector' }, TABS.map(([id, name]) => h('button', {
      type: 'button', role: 'tab', 'aria-selected': String(id === tab), data: { focus: `tab ${id}` }, onclick: () => app.drawer(id, true),
    }, name, id === 'refusals' && refused > 0 && h('span.badge.bad', null, refused)))),
    h('button.plain', { type: 'button', 'aria-label': 'Close the inspector', title: 'Close (Esc)', data: { focus: 'close-drawer' }, onclick: () => app.drawer(null) }, icon('close', 20)));
}

function search(app) {
  return h('div.ledger-filter', null, h('input.search', { type: 'search', placeholder: 'Filter by method, type or any word in it', 'aria-label': 'Filter', value: filter, oninput: (e) => { filter = e.target.value.trim().toLowerCase(); app.render(); } }));
}

const ROWS = {
  calls: (app, c) => ({ key: `${c.seq}`, name: c.method, bad: Boolean(c.error), tag: c.error || (c.answer ? 'ok' : 'running'), at: c.at, parts: { sent: c.args, answer: c.answer } }),
  envelopes: (app, e) => {
    const acks = e.acks || [];
    const attempts = e.attempts || 1;
    const state = acks.length ? (acks.every((a) => a.late) ? 'late ack' : 'acked') : e.waiting ? 'queued' : e.open ? 'awaiting ack' : 'no ack';
    return { key: e.id, name: `${e.type}${about(e)}`, bad: state === 'no ack' || state === 'late ack', tag: attempts > 1 ? `${state}, ${attempts} attempts` : state, at: e.at, parts: { payload: e.payload, sent: e.sent, acks } };
  },
  refusals: (app, r) => ({ key: `${r.seq}`, name: r.text, bad: true, tag: r.who ? app.env.person(r.who)?.real || r.who : '', at: r.at, parts: null }),
};

// about names what is inside an envelope: the event, the command, the action.
function about({ payload = {} }) {
  const what = payload.event?.type || payload.command && `${payload.command} ${payload.text || ''}`.trim() || payload.actions?.[0]?.action_id || payload.view?.callback_id || payload.callback_id || payload.action_id || '';
  return what ? ` · ${payload.type && payload.type !== 'event_callback' ? `${payload.type} ` : ''}${what}` : '';
}

function fill(app, list, tab) {
  const all = (dump?.[tab] || []).slice(-KEPT * 4).reverse();
  const rows = all.map((one) => [one, JSON.stringify(one)]).filter(([, text]) => !filter || text.toLowerCase().includes(filter)).slice(0, KEPT);
  const empty = !dump ? 'Asking…' : filter ? `Nothing in the last ${tab} matches “${filter}”.` : { calls: 'The app has called nothing yet.', envelopes: 'Nothing has been sent to the app yet.', refusals: 'Nothing has been refused. Good.' }[tab];
  patch(list, rows.length ? rows.map(([one, text], i) => {
    const row = ROWS[tab](app, one);
    return { key: `${tab} ${row.key || i}`, sig: String(text.length) + row.tag, make: () => rowNode(app, row) };
  }) : [{ key: 'empty', sig: empty, make: () => h('li.quiet.pad', null, empty) }]);
}

function rowNode(app, { name, bad, tag, at, parts }) {
  const ms = Date.parse(at);
  const title = [h('span.row-name', null, name), h('span.tag', { class: bad ? 'bad' : '' }, tag), Number.isFinite(ms) && h('time', { title: fullTime(app.env, ms) }, clockTime(app.env, ms))];
  if (!parts) return h('li.ledger-row', { class: bad ? 'bad' : '' }, h('div.ledger-flat', null, title));
  const box = h('details', null, h('summary', null, title));
  // Big payloads are made into text only when somebody looks.
  box.addEventListener('toggle', () => {
    if (!box.open || box.childElementCount > 1) return;
    for (const [label, value] of Object.entries(parts)) box.append(h('p.part', null, label), value === undefined || value === null ? h('p.quiet', null, 'nothing') : json(value));
  });
  return h('li.ledger-row', { class: bad ? 'bad' : '', data: { row: name } }, box);
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

// json shows a value with quiet colours. Strings that hold JSON, as forms send it, are opened.
function json(value) {
  const text = JSON.stringify(opened(value), null, 2);
  const out = h('pre.json', { tabIndex: 0 });
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    out.append(text.slice(from, found.index));
    const kind = found[2] ? 'key' : found[1] ? 'string' : 'value';
    out.append(h(`span.j-${kind}`, null, found[1] || found[0]), found[2] || '');
    from = found.index + found[0].length;
  }
  out.append(text.slice(from));
  return out;
}

function opened(value) {
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    try { return JSON.parse(value); } catch { return value; }
  }
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, opened(v)]));
}
