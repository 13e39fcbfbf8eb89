import { change, held, isBusy, press } from './actions.js';
import { h, uid } from './dom.js';
import { icon } from './icons.js';
import { plainOf, textObject } from './mrkdwn.js';
import { picker } from './picker.js';
import { picture } from './picture.js';
import { menu } from './popup.js';
import { select, slotOf } from './values.js';
import { instant, wallValue } from './when.js';

// The interactive elements of Block Kit. Each root carries data-action-id and data-block-id. name says how an element
// of an input block is labelled: {id, labelledby, describedby, required}.

export function element(place, block, el, name = {}) {
  const kind = select(el);
  if (kind) return picker(place, block, el, kind, name);
  const make = MAKERS[el.type];
  if (make) return make(place, block, el, name);
  if (el.type === 'image') return picture(place, el, 'thumb');
  return h('span.unknown', null, `${el.type || 'something'} isn’t drawn here`);
}

const ids = (block, el) => ({ actionId: el.action_id, blockId: block.block_id });
const aria = (name) => ({ 'aria-labelledby': name.labelledby, 'aria-describedby': name.describedby, 'aria-required': name.required ? 'true' : null });
const looks = { primary: 'primary', danger: 'danger' };

const MAKERS = {
  button, overflow, radio_buttons: radios, checkboxes,
  datepicker: (p, b, el, name) => moment(p, b, el, name, 'date'),
  timepicker: (p, b, el, name) => moment(p, b, el, name, 'time'),
  datetimepicker: (p, b, el, name) => moment(p, b, el, name, 'datetime-local'),
  plain_text_input: text, rich_text_input: text,
  email_text_input: text, url_text_input: text, number_input: text,
  icon_button: iconButton, feedback_buttons: feedback,
  workflow_button: (p, b, el) => h('button', { type: 'button', disabled: true, title: 'Workflows don’t run in the local Slack', data: ids(b, el) }, textObject(el.text, p.env)),
  file_input: () => h('p.quiet', null, 'Files can’t be chosen in the local Slack.'),
};

function button(place, block, el) {
  const says = el.accessibility_label || plainOf(el.text, place.env);
  const node = h(el.url ? 'a' : 'button', {
    type: el.url ? null : 'button', class: `button ${looks[el.style] || ''}`, data: ids(block, el),
    href: el.url, target: el.url ? '_blank' : null, rel: el.url ? 'noopener noreferrer' : null,
    'aria-label': el.accessibility_label, title: el.url || null,
    onclick: () => { if (!isBusy(node)) press(place, block, el, node, el.value); },
  }, textObject(el.text, place.env), el.url && icon('out', 14));
  if (!says) node.setAttribute('aria-label', el.icon || 'Button');
  return node;
}

function overflow(place, block, el) {
  const node = h('button.button.overflow', {
    type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': 'More', data: ids(block, el),
    onclick: () => {
      if (isBusy(node)) return;
      menu(node, (el.options || []).map((option) => ({
        label: textObject(option.text, place.env), detail: option.description && textObject(option.description, place.env),
        data: { value: option.value },
        pick: () => { if (option.url) follow(option.url); press(place, block, el, node, option.value); },
      })), 'More');
    },
  }, icon('more'));
  return node;
}

const follow = (href) => h('a', { href, target: '_blank', rel: 'noopener noreferrer' }).click();

// A mark is a button that shows a picture, and says in words what it is.
function mark(place, block, el, { drawn, says, value, pressed = null, before }) {
  const node = h('button.plain.mark-button', {
    type: 'button', 'aria-label': says, title: says, 'aria-pressed': pressed, data: ids(block, el),
    onclick: () => { if (!isBusy(node)) { before?.(); press(place, block, el, node, value); } },
  }, drawn);
  return node;
}

const ICONS = { trash: 'trash' };

function iconButton(place, block, el) {
  const only = el.visible_to_user_ids;
  if (only?.length && !only.includes(place.app.me.id)) return null;
  const says = el.accessibility_label || plainOf(el.text, place.env) || el.icon;
  return mark(place, block, el, { drawn: ICONS[el.icon] ? icon(ICONS[el.icon], 17) : textObject(el.text, place.env), says, value: el.value });
}

// feedback keeps which of the two was pressed last, as a draft: the app is told once for every press.
function feedback(place, block, el) {
  const chosen = place.app.drafts.get(place.key, slotOf(block, el));
  const root = h('span.row.feedback', { role: 'group', 'aria-label': 'Feedback' });
  const one = (spec, drawn, way) => spec && mark(place, block, el, {
    drawn: icon(drawn, 17), says: spec.accessibility_label || plainOf(spec.text, place.env), value: spec.value, pressed: String(chosen === way),
    before: () => {
      place.app.drafts.put(place.key, slotOf(block, el), way);
      [...root.children].forEach((node, i) => node.setAttribute('aria-pressed', String(['positive', 'negative'][i] === way)));
    },
  });
  root.append(...[one(el.positive_button, 'thumbup', 'positive'), one(el.negative_button, 'thumbdown', 'negative')].filter(Boolean));
  return root;
}

function optionLabel(place, id, option) {
  return h('label', { htmlFor: id }, h('span.option-text', null, textObject(option.text, place.env)),
    option.description && h('span.detail', null, textObject(option.description, place.env)));
}

function radios(place, block, el, name) {
  const group = uid('radio');
  const now = held(place, block, el)?.value;
  const root = h('div.choices', { role: 'radiogroup', ...aria(name), 'aria-label': name.labelledby ? null : el.action_id, data: ids(block, el) });
  for (const option of el.options || []) {
    const id = uid('r');
    const input = h('input', {
      type: 'radio', name: group, id, value: option.value, checked: option.value === now,
      onchange: () => change(place, block, el, root, option, { revert: () => { input.checked = false; } }),
    });
    root.append(h('div.choice', null, input, optionLabel(place, id, option)));
  }
  return root;
}

function checkboxes(place, block, el, name) {
  const root = h('div.choices', { role: 'group', ...aria(name), 'aria-label': name.labelledby ? null : el.action_id, data: ids(block, el) });
  for (const option of el.options || []) {
    const id = uid('c');
    const checked = (held(place, block, el) || []).some((one) => one.value === option.value);
    const input = h('input', {
      type: 'checkbox', id, value: option.value, checked,
      onchange: () => {
        const rest = (held(place, block, el) || []).filter((one) => one.value !== option.value);
        const next = (el.options || []).filter((one) => (one.value === option.value ? input.checked : rest.some((r) => r.value === one.value)));
        change(place, block, el, root, next, { revert: () => { input.checked = !input.checked; } });
      },
    });
    root.append(h('div.choice', null, input, optionLabel(place, id, option)));
  }
  return root;
}

function moment(place, block, el, name, type) {
  const { env } = place;
  const shown = (value) => (value && type === 'datetime-local' ? wallValue(env, value * 1000) : value || '');
  const node = h('input.field', {
    type, id: name.id, value: shown(held(place, block, el)), data: ids(block, el), ...aria(name),
    'aria-label': name.labelledby ? null : plainOf(el.placeholder, env) || type, required: name.required,
    onchange: () => {
      const value = type === 'datetime-local' && node.value ? Math.round(instant(env, node.value) / 1000) : node.value || null;
      change(place, block, el, node, value, { revert: () => { node.value = shown(held(place, block, el)); } });
    },
  });
  return node;
}

const TYPES = { email_text_input: 'email', url_text_input: 'url', number_input: 'text' };

function text(place, block, el, name) {
  const many = el.multiline || el.type === 'rich_text_input';
  const when = el.dispatch_action_config?.trigger_actions_on || ['on_enter_pressed'];
  const byLetter = !block.dispatch_action || when.includes('on_character_entered');
  const now = held(place, block, el);
  const node = h(many ? 'textarea.field' : 'input.field', {
    id: name.id, type: many ? null : TYPES[el.type] || 'text', inputmode: el.type === 'number_input' ? (el.is_decimal_allowed ? 'decimal' : 'numeric') : null,
    value: typeof now === 'string' || typeof now === 'number' ? String(now) : plainRich(now),
    placeholder: plainOf(el.placeholder, place.env) || null, maxlength: el.max_length || 3000, rows: many ? 4 : null,
    autocomplete: 'off', data: ids(block, el), ...aria(name), 'aria-label': name.labelledby ? null : plainOf(el.placeholder, place.env) || el.action_id,
    // An app that listens to Enter hears of the text on Enter; otherwise the text travels in pauses of typing.
    oninput: () => change(place, block, el, node, node.value, { wait: byLetter ? 250 : Infinity }),
    onkeydown: (e) => {
      if (e.key !== 'Enter' || e.isComposing || (many && !e.metaKey && !e.ctrlKey)) return;
      e.preventDefault();
      if (block.dispatch_action && when.includes('on_enter_pressed')) change(place, block, el, node, node.value);
      else place.submit?.();
    },
  });
  if (el.focus_on_load) node.dataset.autofocus = '';
  return node;
}

function plainRich(value) {
  if (!value?.elements) return '';
  return value.elements.map((part) => (part.elements || []).map((one) => one.text || '').join('')).join('\n');
}
