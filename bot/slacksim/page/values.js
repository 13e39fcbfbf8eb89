import { dayKey } from './when.js';

// What interactive elements hold, in the shape in which Slack keeps view state; and what a person changed but the
// server hasn't heard of yet.

const SELECT = /^(multi_)?(static|external|users|conversations|channels)_select$/;
const KEYS = { static: 'selected_option', external: 'selected_option', users: 'selected_user', conversations: 'selected_conversation', channels: 'selected_channel' };

// select says what kind of select an element is: {multi, of, key}, or null.
export function select(el) {
  const found = SELECT.exec(el.type);
  if (!found) return null;
  const multi = Boolean(found[1]);
  return { multi, of: found[2], key: KEYS[found[2]] + (multi ? 's' : '') };
}

// stateKey is where a value of this element stands in view state.
export function stateKey(el) {
  return select(el)?.key || {
    datepicker: 'selected_date', timepicker: 'selected_time', datetimepicker: 'selected_date_time',
    checkboxes: 'selected_options', radio_buttons: 'selected_option', rich_text_input: 'rich_text_value',
  }[el.type] || 'value';
}

const INITIAL = (key) => (key === 'value' ? 'initial_value' : key.replace(/^selected_|^rich_text_/, 'initial_'));

export const initial = (el) => el[INITIAL(stateKey(el))] ?? null;

// slotOf names an element in a view or message; another type under the same ids is another element.
export const slotOf = (block, el) => `${block.block_id}\n${el.action_id}\n${el.type}`;

// wire is the value as the control API takes it: option values, ids, dates, text.
export function wire(el, value) {
  if (Array.isArray(value)) return value.map((one) => one?.value ?? one);
  if (value && typeof value === 'object' && 'value' in value) return value.value;
  return value ?? null;
}

export const isEmpty = (value) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

// problem says what is wrong with a filled or empty input block, as Slack's own client does before it submits.
export function problem(block, value, env) {
  const el = block.element || {};
  if (isEmpty(value) || (typeof value === 'string' && !value.trim())) return block.optional ? '' : 'Please complete this required field.';
  const text = String(value);
  const points = [...text].length;
  if (el.min_length && points < el.min_length) return `Please write at least ${el.min_length} characters; this has ${points}.`;
  if (el.max_length && points > el.max_length) return `Please write at most ${el.max_length} characters; this has ${points}.`;
  if (el.type === 'number_input') return numberProblem(el, text);
  if (el.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(text)) return 'Please give an email address, such as ana@example.com.';
  if (el.type === 'url_text_input' && !/^https?:\/\/\S+$/.test(text)) return 'Please give a whole address, such as https://example.com.';
  if (el.type === 'datepicker' && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return `Please give a date, such as ${dayKey(env, env.now())}.`;
  return '';
}

function numberProblem(el, text) {
  const n = Number(text);
  if (!Number.isFinite(n)) return 'Please give a number.';
  if (!el.is_decimal_allowed && !Number.isInteger(n)) return 'Please give a whole number.';
  if (el.min_value !== undefined && n < Number(el.min_value)) return `Please give ${el.min_value} or more.`;
  if (el.max_value !== undefined && n > Number(el.max_value)) return `Please give ${el.max_value} or less.`;
  return '';
}

// Drafts keeps what was chosen or typed per place (a view or a message), and sends it in order, after a breath.
export class Drafts {
  #values = new Map();
  #waiting = new Map();
  #line = Promise.resolve();

  #of(place) {
    if (!this.#values.has(place)) this.#values.set(place, new Map());
    return this.#values.get(place);
  }

  get(place, slot) {
    return this.#values.get(place)?.get(slot);
  }

  put(place, slot, value) {
    this.#of(place).set(slot, value);
  }

  // retain drops what was entered into elements that an update took away: when they come back they start anew, as on
  // the server.
  retain(place, slots) {
    const values = this.#values.get(place);
    for (const slot of values?.keys() || []) if (!slots.has(slot)) values.delete(slot);
  }

  // send queues a change; a later one for the same element replaces it while it waits.
  send(place, slot, wait, run) {
    const key = `${place}\n${slot}`;
    clearTimeout(this.#waiting.get(key)?.timer);
    const go = () => { this.#waiting.delete(key); this.#line = this.#line.then(run, run); return this.#line; };
    if (!wait) return go();
    this.#waiting.set(key, { place, go, timer: Number.isFinite(wait) ? setTimeout(go, wait) : 0 });
    return undefined;
  }

  // flush sends what is waiting for a place now, and answers when everything has been heard.
  async flush(place) {
    for (const item of [...this.#waiting.values()]) {
      if (item.place !== place) continue;
      clearTimeout(item.timer);
      item.go();
    }
    await this.#line;
  }

  // keep forgets places that are gone, such as closed views.
  keep(alive) {
    for (const place of this.#values.keys()) if (place.startsWith('view ') && !alive.has(place)) this.#values.delete(place);
    for (const [key, item] of this.#waiting) {
      if (!item.place.startsWith('view ') || alive.has(item.place)) continue;
      clearTimeout(item.timer);
      this.#waiting.delete(key);
    }
  }
}
