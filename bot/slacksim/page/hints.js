import { h, recall, remember } from './dom.js';
import { icon } from './icons.js';
import { personaMenu } from './sidebar.js';

// Five hints for a first visit, each a button that does what it says; done ones are ticked and stay ticked.

const done = new Set((recall('hints.done') || '').split(',').filter(Boolean));

export const hintsHidden = () => recall('hints.hidden') === 'yes';

// tick notes that somebody found something; it says whether that was news.
export function tick(id) {
  if (done.has(id)) return false;
  done.add(id);
  remember('hints.done', [...done].join(','));
  return true;
}

export function hide(yes) {
  remember('hints.hidden', yes ? 'yes' : 'no');
}

// digest finds what there is to review: the newest message of the app with a thread under it.
function digest(app) {
  for (const channel of app.channels.filter((c) => c.member !== false)) {
    const root = channel.roots.findLast((m) => m.bot_id && m.reply_count > 0);
    if (root) return { channel, root };
  }
  return null;
}

function review() {
  const buttons = [...document.querySelectorAll('#thread .button, #main .button')];
  const found = buttons.find((b) => /^review\b/i.test(b.textContent.trim()));
  found?.scrollIntoView({ block: 'center' });
  found?.focus();
  return Boolean(found);
}

function steps(app) {
  const found = digest(app);
  const channel = found?.channel || app.channels.find((c) => c.member !== false);
  const thread = () => { if (found) { app.go({ kind: 'channel', id: found.channel.id }); app.openThread(found.root.ts); } };
  const waiting = () => app.toast('No digest has been posted yet. “Mon 09:00” on the office clock brings one.');
  return [
    ['channel', channel ? `Open #${channel.name}` : 'Open a channel', () => channel && app.go({ kind: 'channel', id: channel.id })],
    ['thread', 'Open the digest’s thread', () => (found ? thread() : waiting())],
    ['review', 'Press Review on a card', () => { if (!found) { waiting(); return; } thread(); setTimeout(review, 60); }],
    ['who', 'See who you are', () => { app.nav(true); personaMenu(app, document.getElementById('persona')); }],
    ['home', `Look at ${app.bot.name} Home`, () => app.go({ kind: 'home' })],
  ];
}

export function hintStrip(app) {
  if (hintsHidden()) return [];
  const list = steps(app);
  const next = list.find(([id]) => !done.has(id))?.[0];
  const sig = JSON.stringify([list.map(([id, text]) => [id, text, done.has(id)]), digest(app)?.root.ts]);
  return [{
    key: 'hints', sig, make: () => h('section.hints', { 'aria-label': 'First steps' },
      h('strong', null, next ? 'The Monday review' : 'That was the round.'),
      h('ol', null, list.map(([id, text, run], i) => h('li', { class: done.has(id) ? 'done' : id === next ? 'next' : '' },
        h('button', { type: 'button', data: { focus: `hint ${id}`, hint: id }, onclick: run }, h('span.step', { 'aria-hidden': 'true' }, done.has(id) ? icon('check', 13) : i + 1), text, done.has(id) && h('span.sr', null, ' (done)'))))),
      h('button.plain', { type: 'button', 'aria-label': 'Dismiss the hints', title: 'Dismiss', data: { focus: 'hints-off' }, onclick: () => app.hideHints() }, icon('close', 16))),
  }];
}
