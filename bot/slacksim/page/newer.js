import { h } from './dom.js';
import { element } from './elements.js';
import { icon } from './icons.js';
import { plainOf, textObject } from './mrkdwn.js';
import { picture } from './picture.js';
import { richText } from './richtext.js';

// The blocks that hold other blocks, and the cards. Each is given draw, which makes any block, so that what stands
// inside of a block is drawn like everything else.

export function card(place, block) {
  const says = (name, text) => text && h(`div.${name}.text`, null, textObject(text, place.env));
  const named = block.title || block.subtitle || block.icon;
  return h('article.card', { 'aria-label': plainOf(block.title, place.env) || null },
    block.hero_image && h('div.card-hero', null, picture(place, block.hero_image, 'hero')),
    named && h('div.card-head', null, block.icon && picture(place, block.icon, 'mark'), h('div.said', null, says('card-title', block.title), says('card-subtitle', block.subtitle))),
    says('card-body', block.body),
    block.actions?.length && h('div.row', null, block.actions.map((el) => element(place, block, el))));
}

// carousel is moved by its two buttons, or with the arrow keys while it has the focus.
export function carousel(place, block, draw) {
  const cards = block.elements || [];
  const track = h('div.track', { tabIndex: 0, role: 'group', 'aria-label': `${cards.length} cards, side by side`, onkeydown: (e) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!by || e.target !== track) return;
    e.preventDefault();
    move(by);
  } }, cards.map((one) => draw(place, one)));
  const move = (by) => track.scrollBy({ left: by * ((track.firstElementChild?.offsetWidth || 260) + 10), behavior: 'smooth' });
  const turn = (by, label, side) => h('button.plain', { type: 'button', class: side, 'aria-label': label, title: label, onclick: () => move(by) }, icon('back', 18));
  const [before, after] = [turn(-1, 'Earlier cards', 'to-left'), turn(1, 'More cards', 'to-right')];
  const turns = h('div.turns', null, before, after);
  // What can't be moved further is not offered: at an end, or when all cards fit.
  const look = () => {
    const room = track.scrollWidth - track.clientWidth;
    turns.hidden = room < 2;
    before.disabled = track.scrollLeft < 2;
    after.disabled = track.scrollLeft > room - 2;
  };
  track.addEventListener('scroll', look, { passive: true });
  new ResizeObserver(look).observe(track);
  return h('section.carousel', { 'aria-roledescription': 'carousel', 'aria-label': 'Cards' }, track, turns);
}

// What a person folded or unfolded stays so when its message is drawn again.
const unfolded = new Map();

export function container(place, block, draw) {
  const key = `${place.key} ${block.block_id}`;
  const title = block.rich_text_title ? h('div.container-title', null, richText(block.rich_text_title.elements, place.env))
    : h('div.container-title.text', null, textObject(block.title, place.env));
  const head = [
    block.icon && picture(place, block.icon, 'mark'),
    h('div.said', null, title, block.subtitle && h('div.text.quiet', null, textObject(block.subtitle, place.env))),
  ];
  const body = h('div.container-body.blocks', null, (block.child_blocks || []).map((child) => draw(place, child)));
  const look = { class: `width-${block.width || 'standard'} ${block.has_header_divider ? 'divided' : ''}` };
  if (!block.is_collapsible) return h('section.container', look, h('div.container-head', null, head), body);
  return h('details.container', {
    ...look, open: unfolded.get(key) ?? !block.default_collapsed,
    ontoggle: (e) => { if (e.target === e.currentTarget) unfolded.set(key, e.currentTarget.open); },
  }, h('summary.container-head', null, head, icon('down')), body);
}

const SHARES = { narrow: '1fr', standard: '2fr', wide: '3fr' };
const SIDES = new Set(['start', 'center', 'end']);

export function layout(place, block, draw) {
  const rows = (block.rows || []).map((row) => {
    const items = row.items || [];
    const columns = items.map((item) => `minmax(0, ${SHARES[item.width] || SHARES.standard})`).join(' ');
    return h('div.layout-row', { css: { '--columns': columns } }, items.map((item) => h('div.layout-item', { class: SIDES.has(item.horizontal_alignment) ? `side-${item.horizontal_alignment}` : '' }, item.block && draw(place, item.block))));
  });
  return h('section.layout', { 'aria-label': block.label, class: `lines-${block.grid_lines || 'none'}` },
    block.is_label_visible && h('div.layout-label', null, block.label), h('div.layout-rows', null, rows));
}

const STATES = { pending: ['clock', 'Not begun'], in_progress: ['spin', 'At work'], complete: ['check', 'Done'], error: ['warning', 'Failed'] };

export function task(place, block) {
  const [mark, word] = STATES[block.status] || STATES.pending;
  const sources = (block.sources || []).map((one) => h('li', null, h('a', { href: one.url, target: '_blank', rel: 'noopener noreferrer' }, one.text || one.url)));
  const more = [
    block.details && h('div.task-part', null, richText(block.details.elements, place.env)),
    block.output && h('div.task-part', null, richText(block.output.elements, place.env)),
    sources.length > 0 && h('ul.sources', { 'aria-label': 'Sources' }, sources),
  ].filter(Boolean);
  return h('div.task', { class: `state-${block.status}` },
    h('span.task-mark', { role: 'img', 'aria-label': word, title: word }, icon(mark, 17)),
    h('div.said', null, h('div.task-title', null, block.title), more));
}

export function plan(place, block, draw) {
  const tasks = block.tasks || [];
  const done = tasks.filter((one) => one.status === 'complete').length;
  return h('section.plan', { 'aria-label': block.title },
    h('div.plan-head', null, h('strong', null, block.title), tasks.length > 0 && h('span.quiet', null, `${done} of ${tasks.length} done`)),
    tasks.map((one) => draw(place, one)));
}

const out = (href, says) => (href ? h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, says) : says);

// video is a card with a link: nothing from outside is played here, or fetched.
export function video(place, block) {
  const by = [block.author_name, block.provider_name].filter(Boolean).join(' · ');
  return h('article.card.video', null,
    h('div.thumbnail', null, picture(place, { image_url: block.thumbnail_url, alt_text: block.alt_text }, 'hero'), h('span.play', { 'aria-hidden': 'true' }, icon('play', 24))),
    h('div.card-title', null, out(block.title_url || block.video_url, textObject(block.title, place.env))),
    by && h('div.quiet', null, by),
    block.description && h('div.card-body.text', null, textObject(block.description, place.env)));
}

export function call(place, block) {
  const about = block.call?.v1 || block.call || {};
  const who = (about.all_participants || about.participants || about.users || []).map((one) => place.env.person(one.slack_id)?.real || one.display_name).filter(Boolean);
  const ended = Boolean(about.date_end || about.has_ended);
  return h('article.card.call', null, h('div.card-head', null, h('span.call-mark', null, icon('phone', 20)), h('div.said', null,
    h('div.card-title', null, about.name || about.title || 'Call'),
    h('div.quiet', null, [ended ? 'The call has ended' : null, who.join(', ') || null].filter(Boolean).join(' · ') || block.call_id))),
  !ended && about.join_url && h('div.row', null, h('a.button', { href: about.join_url, target: '_blank', rel: 'noopener noreferrer' }, 'Join', icon('out', 14))));
}

// remoteFile is a file that another service keeps; the block names it and no more.
export function remoteFile(place, block) {
  return h('div.file', null, icon('file', 22), h('span.menu-text', null, h('span', null, block.external_id), h('span.detail', null, 'A file of another service')));
}
