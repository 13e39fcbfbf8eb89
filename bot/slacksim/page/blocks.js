import { chart } from './chart.js';
import { h, uid } from './dom.js';
import { element } from './elements.js';
import { icon } from './icons.js';
import { markdown } from './markdown.js';
import { plainOf, textObject } from './mrkdwn.js';
import { nested } from './nested.js';
import { call, card, carousel, container, layout, plan, remoteFile, task, video } from './newer.js';
import { picture } from './picture.js';
import { richText } from './richtext.js';
import { dataTable, table } from './table.js';

// Block Kit as elements. A block the page doesn't draw says so and shows what it is: a judge that leaves something out
// in silence is worse than none.

export function blockNode(place, block) {
  const make = DRAW[block.type];
  let body;
  try {
    body = make ? make(place, block, blockNode) : unknown(block);
  } catch (err) {
    console.error(err);
    body = broken(block, err);
  }
  return h('div.block', { class: `block-${String(block.type).replace(/\W/g, '')}`, data: { blockId: block.block_id, type: block.type } }, body);
}

// blockItems gives patch a list: a block that says the same keeps its element, and what is typed in it.
export function blockItems(place, blocks) {
  const used = new Set();
  return (blocks || []).map((given, i) => {
    const block = given.block_id ? given : { ...given, block_id: undefined };
    let key = block.block_id || `at ${i}`;
    while (used.has(key)) key += '+';
    used.add(key);
    return { key, sig: `${place.key}|${JSON.stringify(block)}`, make: () => blockNode(place, block) };
  });
}

const DRAW = {
  section, header, divider: () => h('hr', null), image, context, actions, input, alert, table: (p, b) => table(b, p.env),
  data_table: dataTable, data_visualization: (p, b) => chart(b),
  rich_text: (p, b) => richText(b.elements, p.env), markdown: (p, b) => h('div.md', null, markdown(b.text)),
  context_actions: actions, card, carousel, container, layout, plan, task_card: task, video, call, file: remoteFile,
};

function section(place, block) {
  const text = block.text && h('div.text', null, textObject(block.text, place.env));
  const fields = block.fields?.length && h('div.fields', null, block.fields.map((field) => h('div.text', null, textObject(field, place.env))));
  if (!block.accessory) return [text, fields];
  const wide = /select|picker|radio|checkboxes|input/.test(block.accessory.type);
  return h('div.with-accessory', { class: wide ? 'wide-accessory' : '' }, h('div.said', null, text, fields),
    h('div.accessory', null, element(place, block, block.accessory, place.where === 'message' ? {} : { id: uid('f') })));
}

function header(place, block) {
  return h('div.header', { role: 'heading', 'aria-level': Math.min((block.level || 1) + 2, 6), class: `level-${block.level || 1}` }, textObject(block.text, place.env));
}

function image(place, block) {
  return h('figure.picture', null, block.title && h('figcaption', null, textObject(block.title, place.env)), picture(place, block, 'large'));
}

function context(place, block) {
  return h('div.context', null, (block.elements || []).map((el) => (el.type === 'image' ? picture(place, el, 'tiny')
    : h('span.text', null, textObject(el, place.env)))));
}

function actions(place, block) {
  return h('div.row', null, (block.elements || []).map((el) => element(place, block, el)));
}

const GROUPS = new Set(['radio_buttons', 'checkboxes', 'file_input']);

function input(place, block) {
  const el = block.element || {};
  const [id, label, hint] = [uid('f'), uid('l'), uid('h')];
  const says = [textObject(block.label, place.env), block.optional ? h('span.optional', null, ' (optional)') : null];
  return [
    GROUPS.has(el.type) ? h('div.label', { id: label }, says) : h('label.label', { id: label, htmlFor: id }, says),
    element(place, block, el, { id, labelledby: label, describedby: block.hint ? hint : null, required: !block.optional }),
    block.hint && h('p.hint', { id: hint }, textObject(block.hint, place.env)),
  ];
}

// markErrors puts errors under input blocks, and takes away those that are over. It touches nothing else: an open list
// or a half-typed word survives it.
export function markErrors(host, errors) {
  for (const node of host.querySelectorAll('.block-input')) {
    const says = errors[node.dataset.blockId] || '';
    const control = node.querySelector('.opener') || node.querySelector('[data-action-id]');
    if ((node.dataset.error || '') === says || !control) continue;
    node.querySelector('.error')?.remove();
    node.dataset.error = says;
    control.removeAttribute('aria-invalid');
    const hint = node.querySelector('.hint')?.id;
    const id = says && uid('e');
    if (says) {
      control.setAttribute('aria-invalid', 'true');
      node.children[1].after(h('p.error', { id }, icon('warning', 15), says));
    }
    const about = [hint, id].filter(Boolean).join(' ');
    if (about) control.setAttribute('aria-describedby', about);
    else control.removeAttribute('aria-describedby');
  }
}

const LEVELS = { info: ['info', 'Note'], warning: ['warning', 'Warning'], error: ['warning', 'Error'], success: ['check', 'Done'], default: ['info', 'Note'] };

function alert(place, block) {
  const [mark, word] = LEVELS[block.level] || LEVELS.default;
  return h('div.alert', { class: `level-${block.level || 'default'}`, role: 'note', 'aria-label': word }, icon(mark), h('div.text', null, textObject(block.text, place.env)));
}

function unknown(block) {
  return h('details.unknown', null, h('summary', null, `A block of type “${block.type}”, which this page doesn’t draw`), h('pre.code', null, JSON.stringify(block, null, 2)));
}

const broken = (block, err) => h('details.unknown', null, h('summary', null, `This ${block.type} could not be drawn: ${err.message}`), h('pre.code', null, JSON.stringify(block, null, 2)));

// textOf reads blocks aloud, for the live region.
export function textOf(blocks, env) {
  return nested(blocks).map((block) => plainOf(block.text || block.title, env) || (block.elements || []).map((el) => plainOf(el, env)).join(' ')).filter(Boolean).join('. ');
}

