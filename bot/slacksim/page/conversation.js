import { post } from './api.js';
import { composer } from './composer.js';
import { h, patch } from './dom.js';
import { icon } from './icons.js';
import { fillList } from './messages.js';

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
    { key: 'list', sig: place, make: () => scroller('messages', `Messages in ${name}`) },
    { key: 'composer', sig: `${place} ${channel.archived} ${channel.member} ${app.bot.name}`, make: () => composer(app, channel, null) },
  ]);
  const pane = main.querySelector('.scroller');
  keepPlace(pane, app.me.id, () => fillList(app, pane.firstChild, channel, channel.roots, {
    mark: app.ui.mark.ts, more: () => { app.ui.shown = (app.ui.shown || 200) + 200; app.render(); },
  }), !pane.settled);
  pane.settled = true;
  read(app, channel);
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
  const jump = h('button.jump', { type: 'button', hidden: true, onclick: () => { pane.scrollTop = pane.scrollHeight; } }, 'New messages', icon('down', 16));
  pane.append(jump);
  pane.jump = jump;
  pane.low = true;
  pane.addEventListener('scroll', () => {
    pane.low = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    if (pane.low) jump.hidden = true;
  }, { passive: true });
  // Charts and pictures find their height late; what was at the bottom stays there.
  new ResizeObserver(() => { if (pane.low) pane.scrollTop = pane.scrollHeight; }).observe(pane.firstChild);
  return pane;
}

function keepPlace(pane, me, fill, first) {
  const low = pane.low || pane.scrollHeight <= pane.clientHeight + 60;
  const newest = pane.firstChild.lastElementChild?.dataset.ts;
  fill();
  const last = pane.firstChild.lastElementChild;
  const now = last?.dataset.ts;
  const own = now !== newest && last?.dataset.user === me;
  if (first) {
    const line = pane.querySelector('.new-line');
    pane.scrollTop = line ? line.offsetTop - 80 : pane.scrollHeight;
    pane.low = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
  } else if (low || own) pane.scrollTop = pane.scrollHeight;
  else if (now !== newest && now) pane.jump.hidden = false;
}

// openMark remembers, on entering a channel, what had been read: the line "New" stays where it was while one is here.
function openMark(app, channel) {
  const others = channel.roots.filter((m) => m.user !== app.me.id && !m.ephemeral);
  const firstNew = channel.unread > 0 ? others.at(-Math.min(channel.unread, others.length)) : null;
  app.ui.mark = { key: `${app.me.id} ${channel.id}`, ts: firstNew ? String(Number(firstNew.ts) - 0.0000005) : null };
  app.ui.shown = 0;
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
  const root = channel?.messages.find((m) => m.ts === app.ui.thread);
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
  const pane = aside.querySelector('.scroller');
  const fill = () => fillList(app, pane.firstChild, channel, [root, ...channel.replies(root.ts)], { thread: root.ts });
  if (pane.settled) keepPlace(pane, app.me.id, fill, false);
  else { fill(); pane.settled = true; pane.scrollTop = 0; }
}
