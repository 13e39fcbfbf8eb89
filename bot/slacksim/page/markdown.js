import { h } from './dom.js';
import { emoji, knownEmoji } from './emoji.js';
import { link } from './mrkdwn.js';

// The markdown block: the common subset that Slack names (headings, emphasis, lists, tasks, quotes, code, links, tables,
// rules). No raw HTML: angle brackets are text.

export function markdown(text) {
  return blocks(String(text ?? '').replace(/\r\n?/g, '\n').split('\n'));
}

const LIST = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const STARTS = [/^\s*$/, /^ {0,3}#{1,6}\s/, /^```/, /^ {0,3}>/, LIST, RULE];

function blocks(lines) {
  const out = [];
  for (let i = 0; i < lines.length;) {
    const [node, next] = block(lines, i);
    if (node) out.push(node);
    i = next;
  }
  return out;
}

function block(lines, i) {
  const line = lines[i];
  if (!line.trim()) return [null, i + 1];
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return [h(`p.md-h.md-h${heading[1].length}`, { role: 'heading', 'aria-level': Math.min(heading[1].length + 2, 6) }, inline(heading[2])), i + 1];
  if (line.startsWith('```')) return fence(lines, i);
  if (/^ {0,3}>/.test(line)) return quote(lines, i);
  if (RULE.test(line)) return [h('hr', null), i + 1];
  if (LIST.test(line)) return list(lines, i);
  if (line.includes('|') && TABLE_RULE.test(lines[i + 1] || '') && lines[i + 1].includes('-')) return table(lines, i);
  let end = i + 1;
  while (end < lines.length && !STARTS.some((start) => start.test(lines[end]))) end++;
  const body = lines.slice(i, end).map((text, n) => [n ? h('br', null) : null, inline(text.trim())]);
  return [h('p', null, body), end];
}

function fence(lines, i) {
  let end = i + 1;
  while (end < lines.length && !lines[end].startsWith('```')) end++;
  return [h('pre.code', null, lines.slice(i + 1, end).join('\n')), end + 1];
}

function quote(lines, i) {
  let end = i;
  while (end < lines.length && /^ {0,3}>/.test(lines[end])) end++;
  return [h('blockquote', null, blocks(lines.slice(i, end).map((text) => text.replace(/^ {0,3}> ?/, '')))), end];
}

// list takes items of one depth; deeper lines belong to the item above them and are read again on their own.
function list(lines, i) {
  const [, indent, mark] = LIST.exec(lines[i]);
  const ordered = /\d/.test(mark);
  const items = [];
  let end = i;
  while (end < lines.length) {
    const found = LIST.exec(lines[end]);
    const depth = /^\s*/.exec(lines[end])[0].length;
    if (found && found[1].length <= indent.length + 1 && /\d/.test(found[2]) === ordered) items.push([found[3], []]);
    else if (lines[end].trim() && depth > indent.length) items.at(-1)[1].push(lines[end].slice(Math.min(depth, indent.length + 2)));
    else break;
    end++;
  }
  const nodes = items.map(([text, inner]) => {
    const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
    const box = task && h('input', { type: 'checkbox', disabled: true, checked: task[1] !== ' ', 'aria-label': task[1] === ' ' ? 'to do' : 'done' });
    return h('li', { class: task ? 'task' : '' }, box, inline(task ? task[2] : text), blocks(inner));
  });
  return [h(ordered ? 'ol' : 'ul', { start: ordered ? parseInt(mark, 10) : null }, nodes), end];
}

function table(lines, i) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, '|'));
  const align = cells(lines[i + 1]).map((rule) => (/^:-+:$/.test(rule) ? 'center' : /-:$/.test(rule) ? 'right' : 'left'));
  let end = i + 2;
  while (end < lines.length && lines[end].includes('|') && lines[end].trim()) end++;
  const row = (tag, line) => h('tr', null, cells(line).map((cell, n) => h(tag, { class: `to-${align[n] || 'left'}`, scope: tag === 'th' ? 'col' : null }, inline(cell))));
  return [h('div.scroll-x', { tabIndex: 0, role: 'region', 'aria-label': 'Table' }, h('table.grid', { 'aria-label': 'Table' },
    h('thead', null, row('th', lines[i])), h('tbody', null, lines.slice(i + 2, end).map((line) => row('td', line))))), end];
}

const INLINE = [
  [/^\\([\\`*_{}[\]()#+.!|~>-])/, (m) => m[1]],
  [/^`([^`]+)`/, (m) => h('code', null, m[1])],
  [/^!?\[([^\]]*)\]\(([^()\s]+)(?:\s+"[^"]*")?\)/, (m) => link(m[2], m[1] || m[2], inline(m[1]))],
  [/^<((?:https?|mailto):[^\s<>]+)>/, (m) => link(m[1])],
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*(?!\*)/, (m) => h('strong', null, inline(m[1]))],
  [/^__(?=\S)(.*?\S)__(?!\w)/, (m) => h('strong', null, inline(m[1]))],
  [/^~~(?=\S)(.*?\S)~~/, (m) => h('s', null, inline(m[1]))],
  [/^\*(?=[^\s*])((?:[^*]|\*\*[^*]+\*\*)*?[^\s*])\*(?!\*)/, (m) => h('em', null, inline(m[1]))],
  [/^_(?=\S)([^_]*?\S)_(?!\w)/, (m, before) => (/\w/.test(before) ? null : h('em', null, inline(m[1])))],
  [/^:([a-z0-9_+'-]+):/, (m) => (knownEmoji(m[1]) ? emoji(m[1]) : null)],
  [/^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"*_~]/, (m, before) => (/\w/.test(before) ? null : link(m[0]))],
];

function inline(text) {
  const out = [];
  let plain = '';
  for (let i = 0; i < text.length;) {
    const rest = text.slice(i);
    const hit = /[\\`*_~![<:h]/.test(text[i]) && INLINE.map(([pattern, make]) => {
      const m = pattern.exec(rest);
      const node = m && make(m, text[i - 1] || '');
      return node ? [node, m[0].length] : null;
    }).find(Boolean);
    if (hit) { out.push(plain, hit[0]); plain = ''; i += hit[1]; } else plain += text[i++];
  }
  out.push(plain);
  return out;
}
