import { follow, place, post, retake, silence } from './api.js';
import { renderConversation, renderThread } from './conversation.js';
import { h, patch, recall, remember } from './dom.js';
import { canFind } from './find.js';
import { hide, hintStrip, hintsHidden, tick } from './hints.js';
import { renderHome } from './home.js';
import { icon } from './icons.js';
import { renderInspector } from './inspector.js';
import { spoken } from './messages.js';
import { renderModal } from './modal.js';
import { tidyPopup } from './popup.js';
import { shape } from './shape.js';
import { renderSidebar } from './sidebar.js';
import { openKeys, openSwitcher } from './switcher.js';
import { announce, toast } from './toasts.js';
import { Drafts } from './values.js';
import { clockTime, shortDay } from './when.js';

const byId = (id) => document.getElementById(id);

// App holds the picture the server gave, where one is in it, and what only this page knows (notes, errors, drafts).
class App {
  constructor() {
    this.notes = new Map();
    this.errors = new Map();
    this.drafts = new Drafts();
    this.link = 'up';
    this.rooms = new Map();
    this.theme = recall('theme') || 'auto';
    this.ui = { at: null, thread: null, drawer: null, mark: null };
    this.as = place.get('as') || sessionStorage.getItem('slacksim.as') || '';
    this.toast = toast;
    this.hintsHidden = hintsHidden();
  }

  // take accepts a new picture.
  take(raw) {
    const first = !this.me;
    const before = this.me && { me: this.me.id, run: this.run, connections: this.connections, notices: this.notices.length, newest: this.newest(), now: this.env.now() };
    Object.assign(this, shape(raw, this.rooms));
    this.as = this.me.id;
    sessionStorage.setItem('slacksim.as', this.as);
    this.env = this.makeEnv();
    if (before && before.me !== this.me.id) this.ui.find = null;
    if (!this.ui.at || !this.canSee(this.ui.at)) this.settle(first);
    const alive = new Set([...this.modals, ...(this.home ? [this.home] : [])].map((v) => `view ${v.id}`));
    this.drafts.keep(alive);
    for (const id of this.errors.keys()) if (!alive.has(`view ${id}`)) this.errors.delete(id);
    for (const key of this.notes.keys()) if (key.startsWith('view ') && !alive.has(key)) this.notes.delete(key);
    this.keepPlace();
    this.render();
    document.getElementById('app').removeAttribute('data-loading');
    if (before && before.me === this.me.id) this.tell(before);
    if (first && this.ui.at.kind === 'home') this.openHome();
  }

  makeEnv() {
    const people = new Map([...this.people, this.bot].map((p) => [p.id, p]));
    if (this.bot.botId) people.set(this.bot.botId, this.bot);
    const channels = new Map([...this.channels, ...this.dms].map((c) => [c.id, c]));
    const { now, taken, me } = this;
    return {
      tz: me.tz, locale: me.locale, me: me.id, person: (id) => people.get(id), channel: (id) => channels.get(id),
      now: () => now + (performance.now() - taken), open: (id) => this.go({ kind: 'channel', id }),
    };
  }

  get channel() {
    const { at } = this.ui;
    return at?.kind === 'channel' ? this.env.channel(at.id) : undefined;
  }

  canSee(at) {
    return at.kind === 'home' || (at.kind === 'dm') || Boolean(this.env.channel(at.id));
  }

  // settle finds a place: the one in the address, else the first channel one is in. "The DM with the bot" is a place
  // of its own, so that changing persons stays in it.
  settle(first) {
    const wanted = first ? place.get('at') : '';
    const channel = wanted && [...this.channels, ...this.dms].find((c) => c.id === wanted || c.name === wanted);
    if (wanted === 'home') this.ui.at = { kind: 'home' };
    else if (channel) this.ui.at = { kind: 'channel', id: channel.id };
    else if (this.ui.wasDM && this.dms[0]) this.ui.at = { kind: 'channel', id: this.dms[0].id };
    else this.ui.at = { kind: 'channel', id: (this.channels.find((c) => c.member !== false && !c.archived) || this.channels[0] || this.dms[0] || {}).id };
    if (first && place.get('thread')) this.ui.thread = place.get('thread');
    else if (!first) this.ui.thread = null;
  }

  newest() {
    return new Map([...this.channels, ...this.dms].map((c) => [c.id, Number(c.newest)]));
  }

  // tell says aloud, or in a notice, what changed since the last picture.
  tell(before) {
    if (this.run !== before.run) toast(`The local Slack was started again. ${this.kept(before.newest) ? 'Everything is still here.' : 'What was here before is gone.'}`);
    else for (const [c, m] of this.fresh) {
      if (c.member !== false && Number(m.ts) > (before.newest.get(c.id) ?? Infinity) && m.user !== this.me.id) announce(`New in ${c.name}: ${spoken(this, m)}`);
    }
    const fresh = this.notices.slice(before.notices);
    // A control that failed says so itself, next to it; a second voice in the corner would be noise.
    if (fresh.length) setTimeout(() => { if (performance.now() - (this.notedAt || -9e9) > 1500) for (const n of fresh) toast(n.text, { bad: true }); }, 400);
    if (before.connections === 0 && this.connections > 0) toast(`${this.bot.name} is connected.`);
    if (Math.abs(this.env.now() - before.now) > 60000) announce(`The office clock says ${shortDay(this.env, this.env.now())}, ${clockTime(this.env, this.env.now())}.`);
  }

  // kept tells whether a Slack that was started again remembers what had been said.
  kept(newest) {
    return [...newest].every(([id, ts]) => !ts || Number(this.rooms.get(id)?.newest) >= ts);
  }

  // keepPlace writes person and place into the address, so that reload and a shared link find them.
  keepPlace() {
    const { at, thread } = this.ui;
    const now = new URLSearchParams({ as: this.as, at: at.kind === 'home' ? 'home' : at.id || '' });
    if (thread) now.set('thread', thread);
    if (`#${now}` !== location.hash) history.replaceState(null, '', `${location.pathname}#${now}`);
  }

  render() {
    if (this.rendering) return;
    this.rendering = true;
    queueMicrotask(() => {
      this.rendering = false;
      if (!this.me) return;
      renderSidebar(this, byId('sidebar'));
      patch(byId('hints'), hintStrip(this));
      const main = byId('main');
      if (this.ui.at.kind === 'home') { this.ui.mark = null; renderHome(this, main); } else renderConversation(this, main);
      renderThread(this, byId('thread'));
      renderInspector(this, byId('drawer'));
      renderModal(this);
      tidyPopup();
      const unread = [...this.channels, ...this.dms].reduce((sum, c) => sum + (c.member === false ? 0 : c.unread), 0);
      const where = this.ui.at.kind === 'home' ? `${this.bot.name} Home` : this.channel?.name || '';
      document.title = `${unread ? `(${unread}) ` : ''}${where} · ${this.team.name || 'Local Slack'}`;
    });
  }

  // banners stand between a place's head and its content.
  banners() {
    const lost = this.link !== 'up' && { key: 'lost', sig: '', make: () => h('p.banner.bad', { role: 'alert' }, icon('warning'), 'The local Slack does not answer. What you see is from before; trying again…') };
    const alone = this.link === 'up' && this.connections === 0 && {
      key: 'alone', sig: this.bot.name, make: () => h('p.banner', { role: 'status', id: 'not-connected' }, icon('warning'), `${this.bot.name} is not connected. Events wait for it; buttons, modals and commands fail until it is back.`),
    };
    return [lost, alone].filter(Boolean);
  }

  menuButton() {
    return h('button.plain.only-narrow', { type: 'button', id: 'open-menu', 'aria-label': 'Open the menu', 'aria-controls': 'sidebar', onclick: () => this.nav(true) }, icon('menu', 22));
  }

  // find opens the search in a long conversation, or closes it; false leaves it to the browser.
  find(open) {
    const pane = document.querySelector('#main .scroller');
    if (open && (!canFind(pane) || document.activeElement?.id === 'find-box')) return false;
    const { key } = this.ui.find || {};
    this.ui.find = open ? this.ui.find || { q: '', key: null } : null;
    this.renderList();
    if (open) byId('find-box')?.focus();
    else (key && pane.win.reveal(key, 140) || pane).focus({ preventScroll: true });
    return true;
  }

  // renderList draws the conversation at once, for those who want to look at what it shows.
  renderList() { if (this.ui.at.kind !== 'home') renderConversation(this, byId('main')); }

  go(at) {
    const same = at.kind === this.ui.at.kind && at.id === this.ui.at.id;
    if (!same) { this.ui.at = at; this.ui.thread = this.ui.find = null; }
    this.ui.wasDM = at.kind === 'channel' && this.dms.some((c) => c.id === at.id);
    this.nav(false);
    this.keepPlace();
    if (at.kind === 'home') { this.seen('home'); this.openHome(); } else if (!same || this.channel?.roots.length) this.seen('channel');
    this.render();
  }

  async runShortcut(s) {
    const answer = await post('shortcut', { as: this.me.id, callback_id: s.callback_id });
    const why = answer.ok === false ? answer.error : silence(answer, this);
    if (why) toast(`“${s.name || s.callback_id}” failed: ${why}`, { bad: true });
  }

  async openHome() {
    const answer = await post('home', { as: this.me.id });
    if (answer.ok === false) toast(answer.error, { bad: true });
  }

  openDM() {
    if (this.dms[0]) this.go({ kind: 'channel', id: this.dms[0].id });
  }

  openThread(ts, { write = false } = {}) {
    const from = this.ui.thread;
    this.ui.thread = ts;
    if (ts) this.seen('thread');
    this.keepPlace();
    this.render();
    queueMicrotask(() => queueMicrotask(() => {
      if (ts && (write || from !== ts)) (write ? byId('reply-box') : document.querySelector('#thread [data-focus=close-thread]'))?.focus({ preventScroll: true });
      if (!ts && from) document.querySelector(`[data-focus="replies ${CSS.escape(from)}"]`)?.focus({ preventScroll: true });
    }));
  }

  // be changes the person and keeps the place: channel and thread if they may be seen, else the nearest thing.
  be(id) {
    if (id === this.as) return;
    this.as = id;
    this.ui.wasDM = this.dms.some((c) => c.id === this.ui.at.id);
    const thread = this.ui.thread;
    this.nav(false);
    loop.refresh();
    this.onceMe = () => { if (this.channel?.find(thread)) this.ui.thread = thread; if (this.ui.at.kind === 'home') this.openHome(); this.render(); };
  }

  // seen ticks a hint off.
  seen(what, el) {
    const id = what === 'press' ? (/^review\b/i.test(el?.text?.text || '') ? 'review' : '') : what;
    if (id && tick(id)) this.render();
  }

  hideHints() { hide(true); this.hintsHidden = true; this.render(); }
  showHints() { hide(false); this.hintsHidden = false; this.render(); }

  // note puts a sentence under a message or a view, and in sight.
  note(key, text) {
    if (!text && !this.notes.has(key)) return;
    if (text) { this.notes.set(key, text); this.notedAt = performance.now(); } else this.notes.delete(key);
    this.render();
    const [kind, , ts] = key.split(' ');
    if (text && kind === 'message') queueMicrotask(() => { for (const el of document.querySelectorAll(`[data-ts="${CSS.escape(ts)}"] .note`)) el.scrollIntoView({ block: 'nearest' }); });
  }

  setErrors(viewId, errors) {
    this.errors.set(viewId, errors);
    this.renderNow();
  }

  clearError(where, blockId) {
    const now = where.view && this.errors.get(where.view.id);
    if (!now?.[blockId]) return;
    const { [blockId]: _, ...rest } = now;
    this.errors.set(where.view.id, rest);
    this.render();
  }

  // renderNow draws the modal at once, for those who want to focus what it shows.
  renderNow() { renderModal(this); }

  fileURL(id, url) {
    if (!url) return '';
    try { return new URL(url, document.baseURI).origin === location.origin ? url : ''; } catch { return ''; }
  }

  drawer(tab, stay) {
    this.ui.drawer = !stay && this.ui.drawer === tab ? null : tab;
    this.nav(false);
    this.render();
    if (!tab) byId('tool-inspect')?.focus();
  }

  nav(open) {
    byId('app').classList.toggle('nav-open', open);
    byId('veil').hidden = !open;
    if (open) byId('persona')?.focus();
  }

  nextTheme() {
    this.theme = { auto: 'light', light: 'dark', dark: 'auto' }[this.theme];
    remember('theme', this.theme);
    if (this.theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
    this.render();
  }

  jump() { openSwitcher(this); }
  keys() { openKeys(); }

  step(by) {
    const all = [...this.channels, ...this.dms];
    const at = all.findIndex((c) => c.id === this.ui.at.id);
    const next = all[(at + by + all.length) % all.length];
    if (next) this.go({ kind: 'channel', id: next.id });
  }
}

const app = new App();

function onLink(state, err) {
  if (state === 'denied') { denied(); return; }
  // Nobody of that name is here (any more): let the server choose.
  if (state === 'refused') { app.as = ''; return; }
  if (state === app.link) return;
  const back = app.link === 'lost' && state === 'up';
  app.link = state;
  if (back && app.me) toast('The local Slack answers again.');
  if (!app.me && state === 'lost') patch(byId('main'), [{ key: 'lost', sig: '', make: () => h('p.loading', { role: 'alert' }, `${err.message} Trying again…`) }]);
  app.render();
}

function denied() {
  app.me = undefined;
  patch(byId('sidebar'), []);
  patch(byId('main'), [{ key: 'denied', sig: '', make: () => h('div.empty', { role: 'alert' }, icon('lock', 40), h('h1', null, 'This page has no valid key'),
    h('p', null, 'The key comes with the address that the program prints when it starts, after #token=. A restarted program has a new one. Nothing was lost here; open the address it printed last.')) }]);
}

const loop = follow({
  who: () => app.as,
  onLink,
  onState: (raw) => {
    app.take(raw);
    if (app.onceMe) { const f = app.onceMe; app.onceMe = null; f(); }
  },
});

addEventListener('hashchange', () => {
  if (retake()) { location.reload(); return; }
  if (place.get('as') && place.get('as') !== app.as) { app.be(place.get('as')); return; }
  if (app.me) { app.settle(true); app.ui.thread = place.get('thread') || null; app.render(); }
});

addEventListener('keydown', (e) => {
  if (!app.me) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
  const blocked = document.querySelector('dialog[open]');
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k' && !blocked) { e.preventDefault(); app.jump(); return; }
  if (blocked) return;
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'f' && app.find(true)) { e.preventDefault(); return; }
  if (e.altKey && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); app.step(e.key === 'ArrowDown' ? 1 : -1); return; }
  if (e.key === '?' && !typing) { e.preventDefault(); app.keys(); return; }
  if (e.key !== 'Escape' || e.defaultPrevented) return;
  if (byId('app').classList.contains('nav-open')) { app.nav(false); byId('open-menu')?.focus(); } else if (app.ui.drawer) app.drawer(null);
  else if (app.ui.thread) app.openThread(null);
});

byId('veil').addEventListener('click', () => app.nav(false));
byId('skip').addEventListener('click', (e) => { e.preventDefault(); document.querySelector('#main .scroller')?.focus(); });
setInterval(() => document.querySelector('.clock')?.tick(), 5000);
