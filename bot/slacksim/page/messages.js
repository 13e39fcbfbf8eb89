import { messagePlace } from './actions.js';
import { post, silence } from './api.js';
import { avatar } from './avatar.js';
import { blockItems, textOf } from './blocks.js';
import { h, patch } from './dom.js';
import { emoji, knownEmoji } from './emoji.js';
import { icon } from './icons.js';
import { mrkdwn } from './mrkdwn.js';
import { menu } from './popup.js';
import { keyOf } from './rooms.js';
import { clockTime, dayKey, dayTitle, fullTime, lastAt, todayKey, tsMillis } from './when.js';

// A list of messages: of a channel, a DM or a thread.

const GAP = 5 * 60 * 1000;

export function author(app, m) {
  if (m.bot_id || m.user === app.bot.id) return m.user && m.user !== app.bot.id && app.env.person(m.user) || app.bot;
  if (m.user === 'USLACKBOT') return { id: 'USLACKBOT', real: 'Slackbot' };
  return app.env.person(m.user) || { id: m.user || '?', real: m.username || m.user || 'Unknown' };
}

// rowsOf lays a list out: days, the line "New", and messages, each short when it goes on from the one before. The same
// message keeps the same row, with what its list knows of it. Nothing is drawn here, and nothing is done twice.
export function rowsOf(app, pane, channel, messages, { thread = null, mark = null } = {}) {
  const { env } = app;
  const sig = JSON.stringify([channel.id, channel.version, channel.name, channel.earlier, thread, mark, app.me.id, env.tz, todayKey(env)]);
  if (pane.rowsSig === sig) return pane.rows;
  const known = new Map((pane.rows || []).map((row) => [row.key, row]));
  const rows = [];
  const add = (key, kind, facts) => {
    const row = known.get(key);
    const same = row && row.kind === kind && row.m === facts?.m;
    rows.push(Object.assign(same ? row : { key, kind }, facts));
  };
  if (!thread) add('start', channel.earlier ? 'loading' : 'intro', { empty: messages.length === 0 });
  const count = messages.length + (thread ? 0 : channel.earlier || 0);
  let [day, before, marked] = ['', null, mark === null || (channel.earlier > 0 && Number(mark) < Number(channel.edge))];
  messages.forEach((m, i) => {
    const at = tsMillis(m.ts);
    const today = thread ? '' : dayOf(env, m);
    if (today !== day) { add(`day ${today}`, 'day', { title: dayTitle(env, at) }); before = null; }
    day = today;
    if (!marked && Number(m.ts) > Number(mark) && m.user !== app.me.id) { marked = true; add('new', 'new'); before = null; }
    const compact = Boolean(before && before.user === m.user && before.bot_id === m.bot_id && !(m.bot_id && m.blocks?.length) && !m.ephemeral && !before.ephemeral && !before.reply_count && at - tsMillis(before.ts) < GAP);
    before = m;
    add(keyOf(m), compact ? 'compact' : m.blocks?.length && m.bot_id ? 'blocks' : 'message', { m, compact, pos: count - messages.length + i + 1, of: count });
    if (thread && m.ts === thread) { add('count', 'day', { title: messages.length === 2 ? '1 reply' : `${messages.length - 1} replies`, replies: true }); before = null; }
  });
  pane.rows = rows;
  pane.rowsSig = sig;
  return rows;
}

// The day of a message in a zone is worked out once: it is asked of thousands at a time.
const days = new WeakMap();

function dayOf(env, m) {
  const known = days.get(m);
  if (known?.tz === env.tz) return known.day;
  const day = dayKey(env, tsMillis(m.ts));
  days.set(m, { tz: env.tz, day });
  return day;
}

const texts = new WeakMap();

function textOnce(m) {
  if (!texts.has(m)) texts.set(m, JSON.stringify(m));
  return texts.get(m);
}

// itemOf is a row for patch.
export function itemOf(app, channel, row, { thread = null } = {}) {
  const { key, kind, m, title } = row;
  switch (kind) {
    case 'loading': return { key, sig: kind, make: () => h('li.earlier', null, h('span.quiet', null, 'Earlier messages are on their way…')) };
    case 'intro': return { key, sig: JSON.stringify([kind, channel.name, channel.kind, row.empty]), make: () => intro(app, channel, row.empty) };
    case 'day': return { key, sig: title, make: () => h('li.day', { class: row.replies ? 'replies' : '', role: 'separator', 'aria-label': title }, h('span', null, title)) };
    case 'new': return { key, sig: '', make: () => h('li.new-line', { role: 'separator', 'aria-label': 'New messages' }, h('span', null, 'New')) };
    default:
  }
  const note = app.notes.get(messagePlace(app, channel.id, m.ts).key) || '';
  const sig = `${textOnce(m)} ${JSON.stringify([row.compact, note, app.me.id, todayKey(app.env), Boolean(thread), app.ui.thread === m.ts, app.shortcuts.length, app.ui.find?.key === key && !thread])}`;
  return { key, sig, make: () => message(app, channel, m, { compact: row.compact, note, thread, found: app.ui.find?.key === key && !thread }) };
}

function intro(app, channel, empty) {
  const says = channel.kind === 'dm' ? `This is the beginning of what you and ${channel.name} say to each other.` : `This is the beginning of #${channel.name}.`;
  return h('li.intro', null, h('p', null, says), empty && channel.kind === 'dm' && app.command && h('p.quiet', null, `Try ${app.command} help, or just say hello.`));
}

function message(app, channel, m, { compact, note, thread, found }) {
  const { env } = app;
  const who = author(app, m);
  const at = tsMillis(m.ts);
  const quiet = /^(channel|group)_(join|leave|archive|topic|purpose|name)$|^tombstone$/.test(m.subtype || '');
  const time = h('time', { datetime: new Date(at).toISOString(), title: fullTime(env, at) }, clockTime(env, at));
  const head = compact ? null : h('div.head', null,
    h('span.name', null, who.real), who.app && h('span.tag', null, 'app'),
    who.guest && h('span.tag', null, 'guest'), who.stranger && h('span.tag', null, 'other company'), time,
    m.edited && h('span.edited', { title: `Edited ${fullTime(env, tsMillis(m.edited.ts))}` }, 'edited'));
  return h('li.message', {
    class: [compact ? 'compact' : '', m.ephemeral ? 'ephemeral' : '', quiet ? 'system' : '', app.ui.thread === m.ts && !thread ? 'opened' : '', found ? 'found' : ''].join(' '),
    data: { ts: m.ts, channel: channel.id, threadTs: m.thread_ts, user: m.user, ephemeral: m.ephemeral ? 'true' : null },
    'aria-label': `${who.real}, ${clockTime(env, at)}`, tabIndex: -1,
  },
  h('div.gutter', null, compact ? time : avatar(who)),
  h('div.said', null,
    m.ephemeral && h('p.only-you', null, icon('eye', 14), 'Only visible to you'),
    head, body(app, channel, m), attachments(app, channel, m), files(app, m), reactions(app, channel, m),
    note && h('p.note', { role: 'alert' }, icon('warning', 15), h('span', null, note)),
    !thread && m.reply_count > 0 && replies(app, channel, m)),
  !quiet && tools(app, channel, m, thread));
}

function body(app, channel, m) {
  const place = messagePlace(app, channel.id, m.ts);
  if (!m.blocks?.length) return h('div.body.text', null, mrkdwn(m.text, app.env));
  const host = h('div.body.blocks', null);
  patch(host, blockItems(place, m.blocks));
  return host;
}

function attachments(app, channel, m) {
  const place = messagePlace(app, channel.id, m.ts);
  return (m.attachments || []).map((a) => {
    const bar = /^#?[0-9a-f]{6}$/i.test(a.color || '') ? `#${a.color.replace('#', '')}` : null;
    const host = h('div.attachment.blocks', { css: bar ? { '--bar': bar } : {} });
    patch(host, blockItems(place, a.blocks));
    if (!a.blocks?.length) host.append(h('div.text', null, mrkdwn(a.text || a.fallback || '', app.env)));
    return host;
  });
}

function files(app, m) {
  if (!m.files?.length) return null;
  return h('ul.files', null, m.files.map((f) => {
    const name = f.title || f.name || f.id;
    const url = app.fileURL(f.id, f.url || f.url_private);
    const about = !f.mimetype ? 'Slack is still looking at it' : [f.pretty_type || f.filetype || f.mimetype, f.size && size(f.size)].filter(Boolean).join(' · ');
    if (url && /^image\//.test(f.mimetype || '')) return h('li', null, h('figure.picture', null, h('figcaption', null, name), h('img.large', { src: url, alt: f.alt_txt || name })));
    return h('li', { data: { file: f.id } }, h(url ? 'a.file' : 'div.file', { href: url, download: url ? f.name || true : null }, icon('file', 22), h('span.menu-text', null, h('span', null, name), h('span.detail', null, about))));
  }));
}

function reactions(app, channel, m) {
  if (!m.reactions?.length) return null;
  return h('ul.reactions', { 'aria-label': 'Reactions' }, m.reactions.map((r) => {
    const [name, tone] = r.name.split('::');
    const who = (r.users || []).map((id) => (id === app.bot.id ? app.bot.name : app.env.person(id)?.real || id)).join(', ');
    const mine = Boolean(r.users?.includes(app.me.id));
    return h('li', { data: { reaction: r.name } }, h('button.reaction', {
      type: 'button', class: mine ? 'mine' : '', 'aria-pressed': String(mine), title: `${who} · :${r.name}:`, data: { focus: `reaction ${m.ts} ${r.name}` },
      'aria-label': `${name.replaceAll('_', ' ')}, ${r.count ?? r.users?.length}, by ${who}`, onclick: () => react(app, channel, m, r.name),
    }, knownEmoji(name) ? emoji(name) : `:${name}${tone ? `::${tone}` : ''}:`, h('span.count', null, r.count ?? r.users?.length)));
  }));
}

const OFFERED = ['thumbsup', 'eyes', 'white_check_mark', 'raised_hands', 'heart', 'question'];

// react puts an emoji on a message, or takes one's own away.
async function react(app, channel, m, name) {
  const answer = await post('react', { as: app.me.id, channel: channel.id, ts: m.ts, name });
  if (answer.ok === false) app.note(messagePlace(app, channel.id, m.ts).key, answer.error);
}

const size = (n) => (n < 1024 ? `${n} bytes` : n < 1048576 ? `${Math.round(n / 1024)} kB` : `${(n / 1048576).toFixed(1)} MB`);

function replies(app, channel, m) {
  const faces = (m.reply_users || []).slice(0, 3).map((id) => avatar(id === app.bot.id ? app.bot : app.env.person(id) || { id, real: id }, 'tiny'));
  const words = m.reply_count === 1 ? '1 reply' : `${m.reply_count} replies`;
  return h('button.replies-link', { type: 'button', data: { focus: `replies ${m.ts}` }, onclick: () => app.openThread(m.ts), 'aria-label': `${words}, open the thread` },
    h('span.faces', null, faces), h('strong', null, words), m.latest_reply && h('span.quiet', null, `last ${lastAt(app.env, tsMillis(m.latest_reply))}`));
}

// tools float over a message under the pointer or with focus in it.
function tools(app, channel, m, thread) {
  const shortcuts = app.shortcuts.filter((s) => (s.type || 'message').startsWith('message'));
  const reply = !thread && !m.ephemeral && h('button.plain', { type: 'button', 'aria-label': 'Reply in thread', title: 'Reply in thread', data: { focus: `reply ${m.ts}` }, onclick: () => app.openThread(m.ts, { write: true }) }, icon('chat', 17));
  const more = shortcuts.length > 0 && !m.ephemeral && h('button.plain', {
    type: 'button', 'aria-label': 'Message shortcuts', title: 'Message shortcuts', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
    onclick: (e) => menu(e.currentTarget, shortcuts.map((s) => ({ label: s.name || s.callback_id, detail: app.bot.name, pick: () => shortcut(app, channel, m, s) })), 'Message shortcuts'),
  }, icon('more', 17));
  const smile = !m.ephemeral && !channel.archived && channel.member !== false && h('button.plain', {
    type: 'button', 'aria-label': 'Add a reaction', title: 'Add a reaction', 'aria-haspopup': 'menu', 'aria-expanded': 'false', data: { focus: `smile ${m.ts}` },
    onclick: (e) => menu(e.currentTarget, OFFERED.map((name) => ({ label: name.replaceAll('_', ' '), mark: emoji(name), pick: () => react(app, channel, m, name) })), 'Add a reaction'),
  }, icon('smile', 17));
  return reply || more || smile ? h('div.tools', null, smile, reply, more) : null;
}

async function shortcut(app, channel, m, s) {
  const answer = await post('shortcut', { as: app.me.id, callback_id: s.callback_id, channel: channel.id, ts: m.ts });
  const key = messagePlace(app, channel.id, m.ts).key;
  if (answer.ok === false) app.note(key, answer.error);
  else if (silence(answer, app)) app.note(key, `“${s.name || s.callback_id}” failed: ${silence(answer, app)}`);
}

// spoken is what the live region says of a message.
export function spoken(app, m) {
  const text = m.text || textOf(m.blocks, app.env);
  const words = mrkdwn(text, app.env).map((node) => node.textContent ?? node).join(' ').replace(/\s+/g, ' ').trim();
  return `${author(app, m).real}: ${words.length > 160 ? `${words.slice(0, 160)}…` : words}`;
}
