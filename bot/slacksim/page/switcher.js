import { avatar } from './avatar.js';
import { kindIcon } from './conversation.js';
import { show } from './dialogs.js';
import { h, uid } from './dom.js';
import { icon } from './icons.js';

// Jump to a place or become a person, by typing a few letters.
export function openSwitcher(app) {
  const id = uid('jump');
  const input = h('input.search', { type: 'text', role: 'combobox', placeholder: 'A channel, or a person to be', 'aria-label': 'Jump to', 'aria-controls': id, 'aria-expanded': 'true', autocomplete: 'off' });
  const list = h('div.options', { id, role: 'listbox', 'aria-label': 'Places and people' });
  const dialog = h('dialog.sheet.switcher', { 'aria-label': 'Jump to' }, input, list);
  const all = [
    ...[...app.channels, ...app.dms].map((c) => ({ text: c.name, detail: c.topic, mark: c.kind === 'dm' ? avatar(app.bot, 'tiny') : kindIcon(c, 18), run: () => app.go({ kind: 'channel', id: c.id }) })),
    ...app.shortcuts.filter((s) => s.type === 'global').map((s) => ({ text: s.name || s.callback_id, detail: `Shortcut of ${app.bot.name}`, mark: icon('storm'), run: () => app.runShortcut(s) })),
    { text: `${app.bot.name} Home`, detail: '', mark: icon('home'), run: () => app.go({ kind: 'home' }) },
    ...app.people.filter((p) => !p.bot && !p.deactivated && p.id !== app.me.id).map((p) => ({ text: `Be ${p.real}`, detail: p.title, mark: avatar(p, 'tiny'), run: () => app.be(p.id) })),
  ];
  let shown = [];
  let active = 0;
  const end = () => { dialog.close(); dialog.remove(); };
  const take = (item) => { end(); item?.run(); };
  const mark = () => [...list.children].forEach((el, i) => {
    el.classList.toggle('active', i === active);
    el.setAttribute('aria-selected', String(i === active));
    if (i === active) { input.setAttribute('aria-activedescendant', el.id); el.scrollIntoView({ block: 'nearest' }); }
  });
  const fill = () => {
    const q = input.value.trim().toLowerCase();
    shown = all.filter((item) => `${item.text} ${item.detail}`.toLowerCase().includes(q));
    active = 0;
    list.replaceChildren(...shown.map((item) => h('div.option', { role: 'option', id: uid('j'), onclick: () => take(item) }, item.mark, h('span.menu-text', null, h('span', null, item.text), item.detail && h('span.detail', null, item.detail)))));
    if (!shown.length) list.append(h('p.quiet', { role: 'status' }, `Nothing here is called “${input.value}”`));
    mark();
  };
  input.addEventListener('input', fill);
  input.addEventListener('keydown', (e) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1 }[e.key];
    if (to !== undefined && shown.length) { e.preventDefault(); active = (to + shown.length) % shown.length; mark(); }
    if (e.key === 'Enter') { e.preventDefault(); take(shown[active]); }
  });
  dialog.addEventListener('cancel', (e) => { e.preventDefault(); end(); });
  dialog.addEventListener('pointerdown', (e) => { if (e.target === dialog) end(); });
  fill();
  show(dialog);
  input.focus();
}

const KEYS = [
  ['Ctrl or ⌘ + K', 'jump to a channel, Home, or become a person'], ['Alt + ↑ ↓', 'previous or next conversation'], ['Ctrl or ⌘ + F', 'find in a long conversation'],
  ['Enter', 'send'], ['Shift + Enter', 'a new line'], ['↑ in an empty box', 'the last command again'],
  ['Esc', 'close a list, a modal, the drawer or the thread'], ['Ctrl or ⌘ + Enter', 'submit a modal from a long text'], ['?', 'this list'],
];

export function openKeys() {
  const dialog = h('dialog.sheet.confirm', { 'aria-label': 'Keyboard' }, h('h2', null, 'Keyboard'),
    h('dl.keys', null, KEYS.map(([keys, what]) => [h('dt', null, h('kbd', null, keys)), h('dd', null, what)])),
    h('footer', null, h('button.primary', { type: 'button', onclick: () => { dialog.close(); dialog.remove(); } }, 'Close')));
  dialog.addEventListener('close', () => dialog.remove());
  show(dialog);
}
