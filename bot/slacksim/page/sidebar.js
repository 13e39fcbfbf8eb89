import { avatar } from './avatar.js';
import { clock } from './clock.js';
import { kindIcon } from './conversation.js';
import { h, patch } from './dom.js';
import { icon } from './icons.js';
import { menu } from './popup.js';

// The left column: who one is, where one can go, what time it is in the office.
export function renderSidebar(app, nav) {
  const at = app.ui.at;
  const on = (kind, id) => at.kind === kind && at.id === id;
  patch(nav, [
    { key: 'team', sig: JSON.stringify([app.team, app.connections, app.link]), make: () => team(app) },
    { key: 'me', sig: JSON.stringify([app.me, app.people.length]), make: () => persona(app) },
    { key: 'places', sig: app.me.id, make: () => h('div.places', null) },
    { key: 'clock', sig: `${app.me.id} ${app.me.tz}`, make: () => clock(app) },
    { key: 'tools', sig: `${app.theme} ${app.ui.drawer} ${app.hintsHidden}`, make: () => tools(app) },
  ]);
  nav.querySelector('.clock').tick();
  patch(nav.querySelector('.places'), [
    title('Channels'), ...app.channels.map((c) => entry(app, c, on('channel', c.id))),
    title('Direct messages'), ...app.dms.map((c) => entry(app, c, on('channel', c.id))),
    title('Apps'), {
      key: 'home', sig: String([on('home'), app.bot.name]),
      make: () => h('button.place', { type: 'button', id: 'open-home', 'aria-current': on('home') ? 'page' : null, onclick: () => app.go({ kind: 'home' }) }, icon('home', 18), h('span.name', null, `${app.bot.name} Home`)),
    },
  ]);
}

const title = (text) => ({ key: `title ${text}`, sig: '', make: () => h('h2.places-title', null, text) });

function entry(app, c, current) {
  const unread = current || c.member === false ? 0 : c.unread; // where one is not, one misses nothing
  return {
    key: c.id, sig: JSON.stringify([c.name, c.kind, c.archived, c.member, unread, current, app.me.id]),
    make: () => h('button.place', {
      type: 'button', id: `open-${c.id}`, 'aria-current': current ? 'page' : null, data: { channel: c.id },
      class: `${unread ? 'unread' : ''} ${c.member === false || c.archived ? 'faint' : ''}`, onclick: () => app.go({ kind: 'channel', id: c.id }),
      'aria-label': `${c.kind === 'dm' ? 'Direct messages with' : 'Channel'} ${c.name}${unread ? `, ${unread} unread` : ''}`,
    }, c.kind === 'dm' ? avatar(c.name === app.bot.name ? app.bot : { id: c.user || c.id, real: c.name }, 'tiny') : kindIcon(c, 18),
    h('span.name', null, c.name), c.kind === 'shared' && h('span.tag', null, 'shared'), unread > 0 && h('span.badge', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : unread)),
  };
}

function team(app) {
  const up = app.link === 'up';
  const n = app.connections;
  const words = !up ? 'no answer' : n === 0 ? 'bot not connected' : n === 1 ? '1 socket' : `${n} sockets`;
  return h('header.team', null, h('span.team-mark', { 'aria-hidden': 'true' }, (app.team.name || 'L')[0]),
    h('div.menu-text', null, h('strong.team-name', null, app.team.name || 'Local Slack'),
      h('span.link-state', { id: 'connections', class: up && n ? 'up' : 'down', role: 'status', data: { connections: n }, title: up ? `${app.bot.name} holds ${n} Socket Mode connection${n === 1 ? '' : 's'}` : 'The local Slack does not answer' }, words)),
    h('button.plain.only-narrow', { type: 'button', 'aria-label': 'Close the menu', onclick: () => app.nav(false) }, icon('close', 20)));
}

function persona(app) {
  const { me } = app;
  return h('button.persona', {
    type: 'button', id: 'persona', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `You are ${me.real}${me.title ? `, ${me.title}` : ''}. Be somebody else`,
    onclick: (e) => personaMenu(app, e.currentTarget),
  }, avatar(me, 'small'), h('span.menu-text', null, h('span.you-are', null, 'You are'), h('strong', null, me.real), h('span.detail', null, me.title || 'No title')), icon('down', 18));
}

export function personaMenu(app, anchor) {
  app.seen('who');
  menu(anchor, [{ title: 'Be somebody else' }, ...app.people.filter((p) => !p.bot).map((p) => ({
    label: p.real, detail: [p.title, p.guest && 'guest', p.stranger && 'another company', p.deactivated && 'deactivated', p.tz.split('/').at(-1).replaceAll('_', ' ')].filter(Boolean).join(' · '),
    checked: p.id === app.me.id, off: p.deactivated, mark: avatar(p, 'small'), data: { person: p.id }, pick: () => app.be(p.id),
  }))], 'Be somebody else');
}

function tools(app) {
  const themes = { auto: ['auto', 'System theme'], light: ['sun', 'Light theme'], dark: ['moon', 'Dark theme'] };
  const [mark, name] = themes[app.theme];
  const tool = (id, glyph, label, run, pressed) => h('button.plain', { type: 'button', id, 'aria-label': label, title: label, 'aria-pressed': pressed === undefined ? null : String(pressed), onclick: run }, icon(glyph, 19));
  return h('footer.tools-row', null,
    tool('tool-theme', mark, `${name}: change`, () => app.nextTheme()),
    tool('tool-inspect', 'braces', 'Inspector: calls and envelopes', () => app.drawer('calls'), app.ui.drawer === 'calls' || app.ui.drawer === 'envelopes'),
    tool('tool-faults', 'storm', 'Faults: make things go wrong', () => app.drawer('faults'), app.ui.drawer === 'faults'),
    tool('tool-jump', 'search', 'Jump to… (Ctrl+K)', () => app.jump()),
    tool('tool-keys', 'keys', 'Keyboard (?)', () => app.keys()),
    app.hintsHidden && tool('tool-hints', 'info', 'Show the five hints again', () => app.showHints()));
}
