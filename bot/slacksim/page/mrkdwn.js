import { append, h, safeURL } from './dom.js';
import { emoji, knownEmoji, withEmoji } from './emoji.js';
import { slackDate } from './when.js';

// Slack's mrkdwn as nodes. env knows the viewer's zone, people and channels: {tz, locale, now, me, person, channel, open}.

const MARKS = { '*': 'strong', _: 'em', '~': 's' };
const WORD = /[\p{L}\p{N}]/u;
const BULLET = /^(\s*)([•◦▪‣]|\d{1,2}\.)\s+(.*)$/u;
const QUOTE = /^(?:&gt;|>) ?/;

export const unescape = (text) => text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>' }[name]));
export const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

// mrkdwn renders a whole text: fences first, since nothing else counts inside them.
export function mrkdwn(text, env) {
  const out = [];
  String(text ?? '').split(/```\n?([\s\S]*?)\n?```/g).forEach((part, i) => {
    if (i % 2) out.push(h('pre.code', null, codeText(part)));
    else if (part) out.push(...paragraphs(part.replace(/^\n|\n$/g, ''), env));
  });
  return out;
}

// inlineText renders one line where blocks of text would not fit, as in a context line or an option.
export const inlineText = (text, env) => lineNodes(String(text ?? ''), env);

// textObject renders a Block Kit text object.
export function textObject(obj, env) {
  if (!obj) return [];
  if (typeof obj === 'string') return [obj];
  if (obj.type === 'mrkdwn') return mrkdwn(obj.text, env);
  return withEmoji(String(obj.text ?? ''), { codes: obj.emoji !== false });
}

// plainOf is what a label says, for names that assistive technology and tests use.
export function plainOf(obj, env) {
  const text = typeof obj === 'string' ? obj : obj?.text ?? '';
  if (obj?.type !== 'mrkdwn') return text;
  return append(h('p', null), mrkdwn(text, env)).textContent;
}

function paragraphs(text, env) {
  const out = [];
  let group = null;
  const take = (kind) => { if (group?.kind !== kind) { group = { kind, lines: [] }; out.push(group); } return group.lines; };
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    if (/^(?:&gt;){3}|^>{3}/.test(lines[i])) {
      const rest = lines.slice(i).join('\n').replace(/^(?:&gt;){3} ?|^>{3} ?/, '');
      out.push({ kind: 'quote', lines: rest.split('\n') });
      break;
    }
    const bullet = BULLET.exec(lines[i]);
    if (QUOTE.test(lines[i])) take('quote').push(lines[i].replace(QUOTE, ''));
    else if (bullet) take('list').push(bullet);
    else take('text').push(lines[i]);
  }
  return out.map(({ kind, lines: body }) => {
    if (kind === 'quote') return h('blockquote', null, broken(body, env));
    if (kind === 'text') return h('span.para', null, broken(body, env));
    return h('ul.bullets', null, body.map(([, indent, mark, rest]) =>
      h('li', { data: { mark }, class: indent.length > 1 ? 'deeper' : '' }, lineNodes(rest, env))));
  });
}

const broken = (lines, env) => lines.map((line, i) => [i ? h('br', null) : null, lineNodes(line, env)]);

function lineNodes(line, env) {
  const out = [];
  let plain = '';
  const flush = () => { if (plain) out.push(...withEmoji(unescape(plain), { codes: false })); plain = ''; };
  for (let i = 0; i < line.length;) {
    const [node, length] = token(line, i, env);
    if (length) { flush(); out.push(node); i += length; } else plain += line[i++];
  }
  flush();
  return out;
}

// token recognises what starts at i and answers its node and how many characters it took.
function token(line, i, env) {
  const c = line[i];
  if (c === '`') {
    const end = line.indexOf('`', i + 1);
    if (end > i + 1) return [h('code', null, codeText(line.slice(i + 1, end))), end - i + 1];
  } else if (c === '<') {
    const end = line.indexOf('>', i);
    if (end > i + 1) return [reference(line.slice(i + 1, end), env), end - i + 1];
  } else if (MARKS[c] && opens(line, i)) {
    const end = closing(line, i);
    if (end) return [h(MARKS[c], null, lineNodes(line.slice(i + 1, end), env)), end - i + 1];
  } else if (c === ':') {
    const found = /^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/.exec(line.slice(i, i + 50));
    if (found && knownEmoji(found[1])) return [emoji(found[1]), found[0].length];
  } else if (c === 'h' && !WORD.test(line[i - 1] || '')) {
    const found = /^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"*_~]/.exec(line.slice(i));
    if (found) return [link(unescape(found[0])), found[0].length];
  }
  return [null, 0];
}

const opens = (line, i) => !WORD.test(line[i - 1] || '') && !/[\s]/.test(line[i + 1] || ' ') && line[i + 1] !== line[i];

function closing(line, i) {
  const c = line[i];
  for (let j = i + 1; j < line.length; j++) {
    const skip = { '`': '`', '<': '>' }[line[j]];
    if (skip) { const end = line.indexOf(skip, j + 1); if (end > j) { j = end; continue; } }
    if (line[j] === c && j > i + 1 && !/\s/.test(line[j - 1]) && !WORD.test(line[j + 1] || '')) return j;
  }
  return 0;
}

// Inside code a link keeps its words and loses its reach.
const codeText = (text) => unescape(text.replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target));

function reference(inner, env) {
  const cut = inner.indexOf('|');
  const target = cut < 0 ? inner : inner.slice(0, cut);
  const label = cut < 0 ? '' : unescape(inner.slice(cut + 1));
  if (target.startsWith('@')) return mentionUser(target.slice(1), env, label);
  if (target.startsWith('#')) return mentionChannel(target.slice(1), env, label);
  if (target.startsWith('!date^')) return date(target.slice(6), label, env);
  if (target.startsWith('!subteam^')) return h('span.mention', null, label || '@group');
  if (target.startsWith('!')) return h('span.mention.all', null, label || `@${target.slice(1)}`);
  // What is no address, such as a raw <tag>, is the text that was written.
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return `<${unescape(inner)}>`;
  return link(unescape(target), label);
}

export function mentionUser(id, env, label) {
  const who = env.person(id);
  const name = who ? who.real : label || id;
  return h('span.mention', { class: id === env.me ? 'mine' : '', data: { user: id }, title: who?.title }, `@${name.replace(/^@/, '')}`);
}

export function mentionChannel(id, env, label) {
  const channel = env.channel(id);
  const name = `#${(channel ? channel.name : label || 'private channel').replace(/^#/, '')}`;
  if (!channel) return h('span.mention', null, name);
  return h('button.mention.link', { type: 'button', onclick: () => env.open(id) }, name);
}

function date(spec, fallback, env) {
  const [seconds, pattern, href] = unescape(spec).split('^');
  const text = slackDate(env, seconds, pattern, fallback);
  const at = new Date(Number(seconds) * 1000);
  const valid = !Number.isNaN(at.getTime());
  const time = h('time', { title: fallback, datetime: valid ? at.toISOString() : null }, text);
  return href && safeURL(href) ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, time) : time;
}

// link gives up on addresses a click should not follow and shows them as the text they are.
export function link(url, label, kids) {
  const safe = /^[a-z][a-z0-9+.-]*:/i.test(url) ? safeURL(url) : '';
  const body = kids || label || url.replace(/^mailto:/, '');
  if (!safe) return h('span', null, label ? `${label} (${url})` : url);
  return h('a', { href: safe, target: '_blank', rel: 'noopener noreferrer', title: url }, body);
}
