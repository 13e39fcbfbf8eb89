import { get, post } from './api.js';
import { composer } from './composer.js';
import { h, patch } from './dom.js';
import { findBar } from './find.js';
import { icon } from './icons.js';
import { itemOf, rowsOf } from './messages.js';
import { Window } from './window.js';

// The middle column and the thread beside it. Both keep at the bottom while one is at the bottom, and never jump
// while one is reading further up.

const KIND = { public: ['hash', 'public channel'], private: ['lock', 'private channel'], shared: ['globe', 'shared with another company'], dm: ['chat', 'direct message'] };

export const kindIcon = (channel, size) => icon(channel.archived ? 'file' : (KIND[channel.kind] || KIND.public)[0], size);

export function renderConversation(app, main) {
  const channel = app.channel;
  if (!channel) {
    patch(main, [...app.banners(), { key: 'nothing', sig: app.me.id, make: () => h('p.loading', null, `${app.me.real} can’t see this conversation. Choose another one on the left.`) }]);
    return;
  }
  if (app.ui.mark?.key !== `${app.me.id} ${channel.id}`) openMark(app, channel);
  const name = channel.kind === 'dm' ? channel.name : channel.name;
  const place = `${app.me.id} ${channel.id}`;
  patch(main, [
    { key: 'head', sig: JSON.stringify([channel.id, name, channel.topic, channel.kind, channel.archived, channel.members?.length]), make: () => head(app, channel, name) },
    ...app.banners(),
    ...(app.ui.find ? [{ key: 'find', sig: place, make: () => findBar(app, channel, () => main.querySelector('.scroller')) }] : []),
    { key: 'list', sig: place, make: () => scroller('messages', `Messages in ${name}`) },
    { key: 'composer', sig: `${place} ${channel.archived} ${channel.member} ${app.bot.name}`, make: () => composer(app, channel, null) },
  ]);
  const pane = main.querySelector('.scroller');
  fill(app, pane, channel, channel.roots, { mark: app.ui.mark.ts });
  main.querySelector('.find')?.say();
  read(app, channel);
  if (channel.earlier) turnBack(app, channel);
}

// turnBack fetches what came before, page by page, while one reads.
async function turnBack(app, channel) {
  if (channel.turning || !channel.edge) return;
  channel.turning = true;
  try {
    const q = new URLSearchParams({ as: app.me.id, channel: channel.id, before: channel.edge, last: 500 });
    const page = await get(`messages?${q}`);
    if (page.ok !== false) channel.turn(page);
  } catch { /* the loop that follows the server says that it is gone, and the next picture asks again */ }
  channel.turning = false;
  app.render();
}

function head(app, channel, name) {
  return h('header.bar', null, app.menuButton(),
    h('div.title', null, h('h1', { title: (KIND[channel.kind] || KIND.public)[1] }, kindIcon(channel, 20), h('span', null, name)),
      channel.topic && h('p.topic', { title: channel.topic }, channel.topic)),
    channel.archived && h('span.tag', null, 'archived'), channel.kind === 'shared' && h('span.tag', null, 'shared'),
    channel.members && h('span.quiet.members', { title: `${channel.members.length} members` }, icon('people', 18), channel.members.length));
}

function scroller(id, label) {
  const pane = h('div.scroller', { tabIndex: 0, role: 'region', 'aria-label': label }, h('ol', { id, class: 'messages' }));
  const jump = h('button.jump', { type: 'button', hidden: true, onclick: () => pane.win.end() }, 'New messages', icon('down', 16));
  pane.append(jump);
  Object.assign(pane, { jump, low: true, list: pane.firstChild });
  pane.addEventListener('scroll', () => {
    pane.low = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    if (pane.low) jump.hidden = true;
  }, { passive: true });
  pane.win = new Window(pane, pane.list); // after the line above: who scrolled to the end stays at the end while it is measured
  // Charts and pictures find their height late; what was at the bottom stays there.
  new ResizeObserver(() => { if (pane.low) pane.scrollTop = pane.scrollHeight; }).observe(pane.firstChild);
  return pane;
}

// mineToSee tells whether somebody has to see a message: their own, or what they alone are told right after a press.
const mineToSee = (app, m) => m?.user === app.me.id || (m?.ephemeral && performance.now() - (app.actedAt ?? -Infinity) < 6000);

// fill shows messages in a pane, and keeps its place: at the newest while one is there, else where one reads.
function fill(app, pane, channel, messages, opts) {
  const { win, list } = pane;
  const first = !pane.settled;
  const low = pane.low || pane.scrollHeight <= pane.clientHeight + 60;
  const rows = rowsOf(app, pane, channel, messages, opts);
  const [newest, last] = [pane.newest, rows.at(-1)];
  pane.newest = last?.key;
  win.show(rows, (row) => itemOf(app, channel, row, opts));
  pane.settled = true;
  // What had been read may be pages back. Until they are here one waits at the newest, unless one goes elsewhere.
  if (first && opts.mark && channel.earlier) {
    pane.seeking = true;
    for (const touch of ['wheel', 'keydown', 'pointerdown']) pane.addEventListener(touch, () => { pane.seeking = false; }, { once: true, passive: true });
  }
  if (first && opts.thread) pane.scrollTop = 0;
  else if ((first || pane.seeking) && win.reveal('new')) { pane.seeking = false; pane.low = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60; } else if (first || low || (newest !== last?.key && mineToSee(app, last?.m))) win.end();
  else if (newest !== last?.key && last) pane.jump.hidden = false;
  list.setAttribute('aria-busy', String(Boolean(!opts.thread && channel.earlier)));
}

// openMark remembers, on entering a channel, what had been read: the line "New" stays where it was while one is here.
function openMark(app, channel) {
  app.ui.mark = { key: `${app.me.id} ${channel.id}`, ts: channel.unread > 0 ? channel.last_read : null };
}

const told = new Map();

function read(app, channel) {
  if (!channel.unread || document.hidden || channel.member === false) return;
  const key = `${app.me.id} ${channel.id}`;
  if (told.get(key) === channel.newest) return;
  told.set(key, channel.newest);
  post('read', { as: app.me.id, channel: channel.id, ts: channel.newest });
}

export function renderThread(app, aside) {
  const channel = app.channel;
  const root = channel && app.ui.thread && channel.find(app.ui.thread);
  aside.hidden = !root;
  document.getElementById('app').classList.toggle('with-thread', Boolean(root));
  if (!root) {
    if (app.ui.thread && channel) app.ui.thread = null;
    patch(aside, []);
    return;
  }
  const place = `${app.me.id} ${channel.id} ${root.ts}`;
  patch(aside, [
    { key: 'head', sig: channel.id, make: () => h('header.bar', null, h('div.title', null, h('h2', null, 'Thread'), h('p.topic', null, channel.kind === 'dm' ? channel.name : `#${channel.name}`)),
      h('button.plain', { type: 'button', 'aria-label': 'Close the thread', title: 'Close the thread (Esc)', data: { focus: 'close-thread' }, onclick: () => app.openThread(null) }, icon('close', 20))) },
    { key: 'list', sig: place, make: () => { const pane = scroller('replies', 'Messages in the thread'); pane.low = false; return pane; } },
    { key: 'composer', sig: `${place} ${channel.archived} ${channel.member}`, make: () => composer(app, channel, root.ts) },
  ]);
  fill(app, aside.querySelector('.scroller'), channel, [root, ...channel.replies(root.ts)], { thread: root.ts });
}
