import { change, held, suggest } from './actions.js';
import { avatar } from './avatar.js';
import { h, patch, uid } from './dom.js';
import { icon } from './icons.js';
import { plainOf, textObject } from './mrkdwn.js';
import { closePopup, popup, popupOf } from './popup.js';

// Every select of Block Kit: a field that opens a list one can filter, walk with arrows and choose from. The single
// ones close on a choice; the multi ones keep chips in the field and stay open.

export function picker(place, block, el, kind, name) {
  const root = h('div.picker', { class: kind.multi ? 'multi' : '', data: { actionId: el.action_id, blockId: block.block_id } });
  const opener = h('button.field.opener', {
    type: 'button', id: name.id, role: 'combobox', 'aria-haspopup': 'listbox', 'aria-expanded': 'false',
    'aria-labelledby': name.labelledby ? `${name.labelledby} ${name.id}` : null, 'aria-describedby': name.describedby,
    onclick: () => (popupOf(opener) ? closePopup() : list(place, block, el, kind, opener, chosen(), choose)),
    onkeydown: (e) => { if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); if (!popupOf(opener)) opener.click(); } },
  });
  const chips = kind.multi ? h('ul.chips', null) : null;
  const chosen = () => options(place, kind, held(place, block, el));

  function choose(picked) {
    const value = kind.multi ? picked.map((o) => own(kind, o)) : picked.length ? own(kind, picked[0]) : null;
    change(place, block, el, opener, value, { revert: draw });
    draw();
  }

  function draw() {
    const now = chosen();
    const hint = plainOf(el.placeholder, place.env) || (kind.multi ? 'Choose some' : 'Choose one');
    if (kind.multi) {
      opener.replaceChildren(h('span.placeholder', null, now.length ? 'Add or change' : hint), icon('down'));
      patch(chips, now.map((option) => ({ key: option.value, sig: '', make: () => chip(place, option, () => choose(chosen().filter((o) => o.value !== option.value))) })));
      chips.hidden = !now.length;
    } else {
      opener.replaceChildren(now.length ? h('span.chosen', null, textObject(now[0].text, place.env)) : h('span.placeholder', null, hint), icon('down'));
    }
    // Outside of an input there is no label: the element says itself what it is for, and what it holds.
    if (!name.labelledby) opener.setAttribute('aria-label', [hint, ...now.map((o) => plainOf(o.text, place.env))].join(', '));
    root.dataset.value = now.map((o) => o.value).join(',');
  }

  draw();
  if (chips) root.append(chips);
  root.append(opener);
  return root;
}

function chip(place, option, drop) {
  const says = plainOf(option.text, place.env);
  return h('li.chip', null, textObject(option.text, place.env), h('button', { type: 'button', 'aria-label': `Remove ${says}`, onclick: drop }, icon('close', 12)));
}

// own is what is kept: Slack keeps whole options for lists and bare ids for people and channels.
const own = (kind, option) => (kind.of === 'static' || kind.of === 'external' ? option.raw || { text: option.text, value: option.value } : option.value);

function options(place, kind, value) {
  const list = (Array.isArray(value) ? value : [value]).filter(Boolean);
  if (kind.of === 'users') return list.map((id) => personOption(place.env.person(id) || { id, real: id }));
  if (kind.of === 'conversations' || kind.of === 'channels') return list.map((id) => channelOption(place.env.channel(id) || { id, name: id }));
  return list;
}

const plain = (text) => ({ type: 'plain_text', text, emoji: false });
const personOption = (p) => ({ value: p.id, text: plain(p.real), detail: p.title, mark: avatar(p, 'tiny') });
const channelOption = (c) => ({ value: c.id, text: plain(c.kind === 'dm' ? c.name : `#${c.name}`), detail: c.topic });

// groups answers the list to choose from, as [{label, options}]; external ones are asked of the app.
async function groups(place, block, el, kind, query) {
  const { app } = place;
  if (kind.of === 'users') return [{ options: app.people.filter((p) => !p.deactivated && !p.bot).map(personOption) }];
  if (kind.of === 'channels') return [{ options: app.channels.map(channelOption) }];
  if (kind.of === 'conversations') return [{ options: [...app.channels, ...app.dms].map(channelOption) }];
  if (kind.of === 'static') return el.option_groups ? el.option_groups.map(named(place)) : [{ options: el.options || [] }];
  if (query.length < (el.min_query_length ?? 3)) return { note: `Type ${el.min_query_length ?? 3} letters or more` };
  const answer = await suggest(place, block, el, query);
  if (answer.error) return { note: answer.error, bad: true };
  return answer.option_groups ? answer.option_groups.map(named(place)) : [{ options: answer.options || [] }];
}

const named = (place) => (group) => ({ label: plainOf(group.label, place.env), options: group.options || [] });

function list(place, block, el, kind, opener, start, choose) {
  const { env } = place;
  const id = uid('list');
  let picked = start;
  let active = -1;
  let shown = [];
  let round = 0;
  const count = kind.of === 'static' ? (el.options || el.option_groups?.flatMap((g) => g.options) || []).length : 99;
  const filtering = count > 7;
  const box = h('div.options', { id, role: 'listbox', tabIndex: filtering ? -1 : 0, 'aria-multiselectable': kind.multi ? 'true' : null, 'aria-label': plainOf(el.placeholder, env) || 'Options' });
  const search = !filtering ? null : h('input.search', { type: 'text', role: 'combobox', placeholder: kind.of === 'external' ? 'Type to search' : 'Filter', autocomplete: 'off', 'aria-label': 'Filter the options', 'aria-controls': id, 'aria-autocomplete': 'list', 'aria-expanded': 'true' });
  const head = search || box;
  const { close, place: settle } = popup(opener, h('div.list', null, search, box), { wide: true });
  const text = (o) => plainOf(o.text, env);
  const limit = el.max_selected_items || Infinity;

  function toggle(option) {
    if (!kind.multi) { close(); opener.focus(); return choose([withRaw(option)]); }
    const without = picked.filter((o) => o.value !== option.value);
    if (without.length === picked.length && picked.length >= limit) return undefined;
    picked = without.length === picked.length ? [...picked, withRaw(option)] : without;
    choose(picked);
    return mark();
  }

  const withRaw = (option) => ({ ...option, raw: option.raw || { text: option.text, value: option.value, ...(option.description ? { description: option.description } : {}) } });

  function mark() {
    shown.forEach(({ node, option }, i) => {
      const on = picked.some((o) => o.value === option.value);
      node.setAttribute('aria-selected', String(on));
      node.classList.toggle('active', i === active);
      if (!on && kind.multi) node.toggleAttribute('aria-disabled', picked.length >= limit);
      if (i === active) { head.setAttribute('aria-activedescendant', node.id); node.scrollIntoView({ block: 'nearest' }); }
    });
  }

  function row(option) {
    const node = h('div.option', {
      role: 'option', id: uid('o'), 'aria-selected': 'false', data: { value: option.value },
      onpointermove: () => { const i = shown.findIndex((s) => s.node === node); if (i !== active) { active = i; mark(); } },
      onclick: () => toggle(option),
    }, option.mark, h('span.menu-text', null, h('span', null, textObject(option.text, env)), (option.description || option.detail) && h('span.detail', null, option.description ? textObject(option.description, env) : option.detail)), h('span.tick', null, icon('check', 16)));
    shown.push({ node, option });
    return node;
  }

  async function fill(query) {
    const mine = ++round;
    if (kind.of === 'external') box.replaceChildren(h('p.quiet', null, `Asking ${place.app.bot.name}…`));
    const found = await groups(place, block, el, kind, query);
    if (mine !== round) return;
    shown = [];
    if (found.note) { box.replaceChildren(h('p.quiet', { class: found.bad ? 'bad' : '', role: 'status' }, found.note)); settle(); return; }
    const wants = kind.of === 'external' ? '' : query.toLowerCase();
    const kids = found.flatMap((group) => {
      const rows = group.options.filter((o) => `${text(o)} ${o.detail || ''}`.toLowerCase().includes(wants)).map(row);
      return rows.length && group.label ? [h('div.menu-title', { role: 'presentation' }, group.label), ...rows] : rows;
    });
    if (!kind.multi && block.optional && picked.length && !query) kids.unshift(h('button.clear', { type: 'button', onclick: () => { close(); opener.focus(); choose([]); } }, 'Clear the choice'));
    box.replaceChildren(...(shown.length ? kids : [h('p.quiet', { role: 'status' }, query ? `Nothing matches “${query}”` : 'There is nothing to choose')]));
    active = Math.max(0, shown.findIndex(({ option }) => picked.some((o) => o.value === option.value)));
    if (query) active = 0;
    mark();
    settle();
  }

  let pause = 0;
  search?.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => fill(search.value.trim()), kind.of === 'external' ? 200 : 0);
  });
  head.addEventListener('keydown', (e) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, ...(search ? {} : { Home: 0, End: shown.length - 1 }) }[e.key];
    if (to !== undefined && shown.length) { e.preventDefault(); active = (to + shown.length) % shown.length; mark(); }
    else if (e.key === 'Enter' || (e.key === ' ' && !search)) { e.preventDefault(); if (shown[active]) toggle(shown[active].option); }
    else if (e.key === 'Tab') { e.preventDefault(); close(); opener.focus(); }
    else if (!search && e.key.length === 1) {
      const hit = shown.findIndex(({ option }, i) => i > active && text(option).toLowerCase().startsWith(e.key.toLowerCase()));
      if (hit >= 0) { active = hit; mark(); }
    }
  });
  fill('');
  head.focus();
}
