import { busy, held, isBusy, settle, viewPlace } from './actions.js';
import { post, silence } from './api.js';
import { blockItems, markErrors } from './blocks.js';
import { show, tabStops } from './dialogs.js';
import { focusSelector, h, patch } from './dom.js';
import { icon } from './icons.js';
import { plainOf, textObject } from './mrkdwn.js';
import { nested } from './nested.js';
import { closePopup } from './popup.js';
import { problem } from './values.js';

// The modal: the top view of a person's stack. While the view stays the same its blocks stay the same elements, so that
// a refresh never takes a word away from somebody who is typing.

let open = null; // {dialog, body, viewId, back}

export function renderModal(app) {
  const view = app.modals.at(-1);
  if (!view) return shut();
  if (open?.viewId !== view.id) enter(app, view);
  draw(app, view);
  return undefined;
}

function shut() {
  if (!open) return;
  const { dialog, back } = open;
  open = null;
  closePopup();
  dialog.close();
  dialog.remove();
  // The message under the button may have been drawn anew meanwhile: find its successor.
  const next = back && document.querySelector(back);
  if (next && document.activeElement === document.body) next.focus({ preventScroll: true });
}

function enter(app, view) {
  const back = open ? open.back : focusSelector(document.activeElement);
  const depth = app.modals.length;
  if (!open) {
    const dialog = h('dialog.sheet.modal', null);
    dialog.addEventListener('cancel', (e) => { e.preventDefault(); close(app, app.modals.at(-1)); });
    open = { dialog };
    show(dialog);
  }
  closePopup();
  const { dialog } = open;
  const body = h('div.modal-body', null);
  dialog.setAttribute('aria-labelledby', 'modal-title');
  dialog.replaceChildren(h('header', null), h('div.modal-scroll', { tabIndex: -1 }, body), h('footer', null), h('div.dialog-toasts', null));
  dialog.classList.remove('slide');
  if (depth > 1) requestAnimationFrame(() => dialog.classList.add('slide'));
  open = { dialog, body, viewId: view.id, back, fresh: true };
}

function draw(app, view) {
  const { dialog, body } = open;
  const place = { ...viewPlace(app, view, 'modal'), submit: () => { if (view.submit || hasInput(view)) submit(app, view); } };
  if (open.hash !== view.hash) {
    open.hash = view.hash;
    app.errors.delete(view.id);
    settle(place);
  }
  const before = new Set([...body.children].map((el) => el.patchKey));
  const errors = app.errors.get(view.id) || view.errors || {};
  const note = app.notes.get(place.key) || '';
  Object.assign(dialog.dataset, { viewId: view.id, callbackId: view.callback_id || '', hash: view.hash || '' });
  patch(dialog.querySelector('header'), [{ key: 'head', sig: JSON.stringify([view.id, view.title, app.modals.length]), make: () => head(app, view) }]);
  patch(body, blockItems(place, view.blocks));
  markErrors(body, errors);
  const loose = Object.entries(errors).filter(([id]) => !nested(view.blocks).some((b) => b.block_id === id)).map(([id, text]) => `${id}: ${text}`);
  const says = [note, ...loose].filter(Boolean).join(' ');
  patch(dialog.querySelector('footer'), [
    { key: 'note', sig: says, make: () => h('p.note', { role: 'alert', hidden: !says }, says && icon('warning', 15), h('span', null, says)) },
    { key: 'buttons', sig: JSON.stringify([view.id, view.submit, view.close]), make: () => buttons(app, view) },
  ]);
  // An update that left no block in place is a new page of the form, and is begun at its top.
  const turned = before.size > 0 && ![...body.children].some((el) => before.has(el.patchKey));
  if (open.fresh || turned) {
    open.fresh = false;
    start(dialog, body);
  } else if (!dialog.contains(document.activeElement) && !document.querySelector('dialog.confirm[open]')) dialog.querySelector('.modal-scroll').focus({ preventScroll: true });
}

const hasInput = (view) => nested(view.blocks).some((b) => b.type === 'input');

function head(app, view) {
  const below = app.modals.at(-2);
  return h('div.modal-head', null,
    below && h('button.plain', { type: 'button', 'aria-label': `Back to ${plainOf(below.title)}`, title: 'Back', onclick: () => close(app, view) }, icon('back', 20)),
    h('span.avatar.of-app.small', { 'aria-hidden': 'true' }, icon('pulse', 16)),
    h('h2', { id: 'modal-title' }, textObject(view.title, app.env)),
    h('button.plain', { type: 'button', 'aria-label': 'Close', title: 'Close (Esc)', onclick: () => close(app, view, { all: true }) }, icon('close', 20)));
}

function buttons(app, view) {
  const wantsSubmit = view.submit || hasInput(view);
  return h('div.modal-buttons', null,
    h('button', { type: 'button', data: { role: 'close' }, onclick: () => close(app, view) }, view.close ? textObject(view.close, app.env) : wantsSubmit ? 'Cancel' : 'Close'),
    wantsSubmit && h('button.primary', { type: 'button', data: { role: 'submit' }, onclick: () => submit(app, view) }, view.submit ? textObject(view.submit, app.env) : 'Submit'));
}

// start puts the focus where the work is; on a touch screen that would pull up the keyboard over the form.
function start(dialog, body) {
  const touch = matchMedia('(pointer: coarse)').matches;
  const first = body.querySelector('[data-autofocus]') || tabStops(body).find((el) => /^(INPUT|TEXTAREA)$/.test(el.tagName) || el.classList.contains('opener'));
  const submitButton = dialog.querySelector('[data-role=submit], [data-role=close]');
  (first && !touch ? first : body.querySelector('.row button') || submitButton)?.focus({ preventScroll: true });
  dialog.querySelector('.modal-scroll').scrollTop = 0;
}

// check says what is wrong before anything is sent.
function check(app, view) {
  const place = viewPlace(app, view, 'modal');
  const wrong = {};
  for (const block of nested(view.blocks)) {
    if (block.type !== 'input' || block.element?.type === 'file_input') continue;
    const says = problem(block, held(place, block, block.element), app.env);
    if (says) wrong[block.block_id] = says;
  }
  return wrong;
}

async function submit(app, view) {
  const button = open?.dialog.querySelector('[data-role=submit]');
  if (!button || isBusy(button)) return;
  const place = viewPlace(app, view, 'modal');
  const wrong = check(app, app.modals.at(-1) || view);
  app.note(place.key, '');
  if (Object.keys(wrong).length) return refuse(app, view, wrong);
  const free = busy(button);
  await app.drafts.flush(place.key);
  const answer = await post('submit', { as: app.me.id, view: view.id });
  free();
  if (answer.errors && Object.keys(answer.errors).length) refuse(app, view, answer.errors);
  else if (answer.ok === false) app.note(place.key, answer.error);
  else if (silence(answer, app)) app.note(place.key, `${silence(answer, app)} What you filled in is still here; try again.`);
}

function refuse(app, view, errors) {
  app.setErrors(view.id, errors);
  const bad = open?.body.querySelector('[aria-invalid=true]');
  if (!bad) return;
  const target = tabStops(bad.parentElement)[0] || bad;
  target.focus({ preventScroll: true });
  bad.closest('.block')?.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
}

// close takes one step back, as Esc and the button below do; the cross leaves the whole stack, as in Slack.
async function close(app, view, { all = false } = {}) {
  if (!view) return;
  await app.drafts.flush(viewPlace(app, view, 'modal').key);
  const answer = await post('close', { as: app.me.id, view: view.id, all });
  if (answer.ok === false) app.note(viewPlace(app, view, 'modal').key, answer.error);
}
