import { post, silence } from './api.js';
import { avatar } from './avatar.js';
import { h, uid } from './dom.js';
import { icon } from './icons.js';
import { escape } from './mrkdwn.js';

// Where one writes: a message, a reply, or a slash command. Text that could not be sent stays.

const written = new Map(); // drafts by place and person
const commands = [];       // commands used before, newest first

export function composer(app, channel, thread) {
  const key = `${app.me.id} ${channel.id} ${thread || ''}`;
  const why = closed(app, channel);
  if (why) return h('p.composer.closed', null, why);

  const where = channel.kind === 'dm' ? channel.name : `#${channel.name}`;
  const label = thread ? 'Reply in thread' : `Message ${where}`;
  const [note, list] = [h('p.note', { role: 'alert', hidden: true }), h('div.suggest', { role: 'listbox', id: uid('suggest'), hidden: true, 'aria-label': 'Suggestions' })];
  const area = h('textarea', {
    rows: 1, placeholder: label, 'aria-label': label, value: written.get(key) || '', autocomplete: 'off', 'aria-controls': list.id, 'aria-autocomplete': 'list',
    id: thread ? 'reply-box' : 'message-box', oninput: () => { written.set(key, area.value); grow(); offer(); }, onkeydown: keys, onblur: () => { hide(); },
  });
  const button = h('button.plain.send', { type: 'button', 'aria-label': 'Send', title: 'Send (Enter)', onclick: send }, icon('send', 20));
  let shown = [];
  let active = 0;
  let past = -1;
  let sending = false;

  function grow() {
    area.style.setProperty('height', 'auto');
    area.style.setProperty('height', `${Math.min(area.scrollHeight, 220)}px`);
    button.toggleAttribute('data-ready', area.value.trim() !== '');
  }

  function put(text) {
    area.value = text;
    written.set(key, text);
    grow();
  }

  async function send() {
    const text = area.value.trim();
    if (!text || sending) return;
    sending = true;
    hide();
    note.hidden = true;
    put('');
    const isCommand = /^\/[a-z0-9]/i.test(text);
    const target = { as: app.me.id, channel: channel.id, ...(thread ? { thread_ts: thread } : {}) };
    if (isCommand) {
      remember(text);
      button.setAttribute('aria-busy', 'true');
    }
    const answer = await post(isCommand ? 'command' : 'say', { ...target, text: isCommand ? escape(text) : outgoing(app, text) });
    button.removeAttribute('aria-busy');
    sending = false;
    if (answer.ok === false) return fail(answer.error, text);
    const why = silence(answer, app);
    if (why) return fail(`${text.split(' ')[0]} failed: ${why} Your command is kept below.`, text);
    return undefined;
  }

  function fail(why, text) {
    app.notedAt = performance.now();
    note.replaceChildren(icon('warning', 15), h('span', null, why));
    note.hidden = false;
    if (!area.value) put(text);
  }

  function keys(e) {
    if (e.isComposing) return;
    if (!list.hidden) {
      const to = { ArrowDown: active + 1, ArrowUp: active - 1 }[e.key];
      if (to !== undefined) { e.preventDefault(); active = (to + shown.length) % shown.length; mark(); return; }
      if (e.key === 'Tab' || (e.key === 'Enter' && shown[active].insert !== current().word)) { e.preventDefault(); take(shown[active]); return; }
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); hide(); return; }
    }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); send(); return; }
    if (e.key === 'ArrowUp' && (area.value === '' || area.value === commands[past]) && past + 1 < commands.length) { e.preventDefault(); put(commands[++past]); }
    else if (e.key === 'ArrowDown' && past >= 0 && area.value === commands[past]) { e.preventDefault(); past--; put(commands[past] || ''); }
  }

  function current() {
    const before = area.value.slice(0, area.selectionStart);
    const found = /(?:^|\s)([@#/][\p{L}\p{N}._-]*)$/u.exec(before);
    if (!found || (found[1][0] === '/' && found[1].length !== before.length)) return { word: '', start: 0 };
    return { word: found[1], start: before.length - found[1].length };
  }

  function offer() {
    const { word } = current();
    shown = word ? candidates(app, channel, word) : [];
    active = 0;
    list.hidden = !shown.length;
    list.replaceChildren(...shown.map((item, i) => h('div.option', { role: 'option', id: `${list.id}-${i}`, onpointerdown: (e) => { e.preventDefault(); take(item); } },
      item.mark, h('span.menu-text', null, h('span', null, item.label), item.detail && h('span.detail', null, item.detail)))));
    mark();
  }

  function mark() {
    [...list.children].forEach((el, i) => { el.classList.toggle('active', i === active); el.setAttribute('aria-selected', String(i === active)); });
    if (list.hidden) area.removeAttribute('aria-activedescendant');
    else area.setAttribute('aria-activedescendant', `${list.id}-${active}`);
  }

  function take(item) {
    const { word, start } = current();
    const after = area.value.slice(start + word.length);
    put(`${area.value.slice(0, start)}${item.insert} ${after.trimStart()}`);
    const caret = start + item.insert.length + 1;
    area.setSelectionRange(caret, caret);
    hide();
  }

  function hide() { list.hidden = true; shown = []; mark(); }

  queueMicrotask(grow);
  return h('div.composer', { data: { channel: channel.id, thread } }, note, list, h('div.writing', null, area, button),
    h('p.hint', null, thread ? 'Commands don’t work in threads; mentions do' : `Enter sends · Shift+Enter makes a line · ${app.command || '/'} runs a command · @ mentions`));
}

function closed(app, channel) {
  if (channel.archived) return `#${channel.name} is archived: it can be read, not written in.`;
  if (app.me.deactivated) return `${app.me.real}’s account is deactivated.`;
  if (channel.kind !== 'dm' && channel.member === false) return `${app.me.real} isn’t in #${channel.name}, and so can only read here.`;
  return '';
}

function remember(text) {
  const at = commands.indexOf(text);
  if (at >= 0) commands.splice(at, 1);
  commands.unshift(text);
  commands.length = Math.min(commands.length, 30);
}

function candidates(app, channel, word) {
  const q = word.slice(1).toLowerCase();
  if (word[0] === '/') {
    const known = [...new Set([app.command, '/invite', ...commands].filter(Boolean))];
    return known.filter((c) => c.toLowerCase().startsWith(word.toLowerCase()) && c !== word).slice(0, 6)
      .map((c) => ({ label: c, insert: c, detail: c === app.command ? app.bot.name : c === '/invite' ? 'bring somebody in' : 'used before' }));
  }
  if (word[0] === '#') return app.channels.filter((c) => c.name.startsWith(q)).slice(0, 6).map((c) => ({ label: `#${c.name}`, insert: `#${c.name}`, detail: c.topic }));
  return [app.bot, ...app.people.filter((p) => !p.deactivated)].filter((p) => `${p.name} ${p.real}`.toLowerCase().includes(q)).slice(0, 6)
    .map((p) => ({ label: p.real, insert: `@${p.app ? p.name : p.real}`, detail: p.app ? 'app' : p.title, mark: avatar(p, 'tiny') }));
}

// outgoing writes text as Slack's own client sends it: escaped, with names turned into ids.
function outgoing(app, text) {
  const names = new Map();
  for (const p of [...app.people, app.bot]) for (const name of [p.real, p.name]) if (name) names.set(`@${escape(name).toLowerCase()}`, `<@${p.id}>`);
  for (const c of app.channels) names.set(`#${c.name.toLowerCase()}`, `<#${c.id}|${c.name}>`);
  for (const all of ['here', 'channel', 'everyone']) names.set(`@${all}`, `<!${all}>`);
  const quoted = [...names.keys()].sort((a, b) => b.length - a.length).map((n) => n.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return escape(text).replace(new RegExp(`(?<![\\p{L}\\p{N}])(?:${quoted.join('|')})(?![\\p{L}\\p{N}_-])`, 'giu'), (hit) => names.get(hit.toLowerCase()));
}
