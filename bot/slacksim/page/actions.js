import { post, silence } from './api.js';
import { confirm } from './dialogs.js';
import { nested } from './nested.js';
import { initial, slotOf, stateKey, wire } from './values.js';

// What happens when a person uses an element. A place ({app, env, where, target, key, ...}) is a message or a view.

export const messagePlace = (app, channel, ts) => ({ app, env: app.env, where: 'message', target: { channel, ts }, key: `message ${channel} ${ts} ${app.me.id}` });
export const viewPlace = (app, view, where) => ({ app, env: app.env, where, view, target: { view: view.id }, key: `view ${view.id}` });

// held is what an element holds now: what was just changed, else what the server kept, else what the app proposed.
export function held(place, block, el) {
  const draft = place.app.drafts.get(place.key, slotOf(block, el));
  if (draft !== undefined) return draft;
  const kept = place.view?.state?.values?.[block.block_id]?.[el.action_id];
  if (kept && stateKey(el) in kept) return kept[stateKey(el)];
  return initial(el);
}

// settle forgets what was entered into elements that the view's newest version no longer has.
export function settle({ app, view, key }) {
  const shown = nested(view.blocks).flatMap((b) => [b.element, b.accessory, ...(b.elements || []), ...(b.actions || [])].filter(Boolean).map((el) => slotOf(b, el)));
  app.drafts.retain(key, new Set(shown));
}

// press sends a click; the node shows that an answer is out.
export async function press(place, block, el, node, value) {
  if (el.confirm && !(await confirm(el.confirm, place.env))) return null;
  place.app.seen('press', el);
  // The payload of a press carries the view's state: what was typed has to be in it.
  const free = busy(node);
  await place.app.drafts.flush(place.key);
  free();
  return send(place, node, 'click', { block_id: block.block_id, action_id: el.action_id, value });
}

// change keeps a value and tells the server. Text waits for a pause in typing; Infinity waits for the submit.
export async function change(place, block, el, node, value, { wait = 0, revert } = {}) {
  const { app, key } = place;
  const notifies = place.where === 'message' || block.type !== 'input' || block.dispatch_action;
  if (notifies && el.confirm && !(await confirm(el.confirm, place.env))) return revert?.();
  app.drafts.put(key, slotOf(block, el), value);
  app.clearError(place, block.block_id);
  const body = { block_id: block.block_id, action_id: el.action_id, value: wire(el, value) };
  const run = () => send(place, notifies && !wait ? node : null, place.where === 'message' ? 'click' : 'change', body);
  return app.drafts.send(key, slotOf(block, el), wait, run);
}

async function send({ app, target, key }, node, path, body) {
  const free = busy(node);
  app.note(key, '');
  app.actedAt = performance.now();
  const answer = await post(path, { as: app.me.id, ...target, ...body });
  free();
  if (answer.ok === false) app.note(key, answer.error || 'The local Slack refused this.');
  else if (silence(answer, app)) app.note(key, `${silence(answer, app)} Look whether anything changed before you try again.`);
  return answer;
}

// suggest asks the app for the options of an external select.
export async function suggest(place, block, el, query) {
  const answer = await post('suggest', { as: place.app.me.id, ...place.target, block_id: block.block_id, action_id: el.action_id, query });
  if (answer.ok === false) return { error: answer.error };
  if (silence(answer, place.app)) return { error: silence(answer, place.app) };
  if (answer.ack === 'unsent' && answer.notice) return { error: answer.notice };
  return answer;
}

// busy marks a control as waiting and gives the way back. It stays focusable: focus must not fall to the page.
export function busy(node) {
  if (!node) return () => {};
  node.setAttribute('aria-busy', 'true');
  node.setAttribute('aria-disabled', 'true');
  return () => { node.removeAttribute('aria-busy'); node.removeAttribute('aria-disabled'); };
}

export const isBusy = (node) => node.getAttribute('aria-busy') === 'true';
