import { h } from './dom.js';
import { emoji, knownEmoji, withEmoji } from './emoji.js';
import { link, mentionChannel, mentionUser } from './mrkdwn.js';
import { slackDate } from './when.js';

// rich_text: Slack's structured text, as composed by people and by apps that want lists.

export const richText = (elements, env) => (elements || []).map((el) => part(el, env));

function part(el, env) {
  switch (el.type) {
    case 'rich_text_section': return h('p.rt', null, inline(el.elements, env));
    case 'rich_text_preformatted': return h('pre.code', null, inline(el.elements, env));
    case 'rich_text_quote': return h('blockquote', null, inline(el.elements, env));
    case 'rich_text_list': return list(el, env);
    default: return h('span.unknown', null, `${el.type || 'something'} isn’t drawn here`);
  }
}

function list(el, env) {
  const items = (el.elements || []).map((item) => h('li', null, inline(item.elements, env)));
  const indent = Math.min(Number(el.indent) || 0, 8);
  const props = { class: `rt-list indent-${indent}`, start: el.style === 'ordered' && el.offset ? el.offset + 1 : null };
  return h(el.style === 'ordered' ? 'ol' : 'ul', props, items);
}

export const inline = (elements, env) => (elements || []).map((el) => styled(el, bare(el, env)));

function bare(el, env) {
  switch (el.type) {
    case 'text': return String(el.text ?? '').split('\n').map((line, i) => [i ? h('br', null) : null, withEmoji(line, { codes: false })]);
    case 'link': return link(el.url || '', el.text);
    case 'user': return mentionUser(el.user_id, env);
    case 'channel': return mentionChannel(el.channel_id, env);
    case 'usergroup': return h('span.mention', null, '@group');
    case 'broadcast': return h('span.mention.all', null, `@${el.range}`);
    case 'emoji': return knownEmoji(el.name) ? emoji(el.name) : `:${el.name}:`;
    case 'date': return h('time', null, slackDate(env, el.timestamp, el.format, el.fallback));
    case 'color': return h('span.colour', null, h('span.swatch', { css: { background: hex(el.value) } }), el.value);
    default: return h('span.unknown', null, el.fallback || el.text || el.type || '');
  }
}

const hex = (value) => (/^#[0-9a-f]{3,8}$/i.test(value) ? value : 'transparent');

function styled(el, node) {
  const style = el.style || {};
  let out = node;
  for (const [name, tag] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's'], ['underline', 'u']]) {
    if (style[name]) out = h(tag, null, out);
  }
  return out;
}
