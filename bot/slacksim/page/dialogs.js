import { h, uid } from './dom.js';
import { plainOf, textObject } from './mrkdwn.js';

// confirm asks before something happens; it answers true or false, and Esc means no.
export function confirm(spec, env) {
  return new Promise((done) => {
    const id = uid('confirm');
    const dialog = h('dialog.sheet.confirm', { 'aria-labelledby': id, role: 'alertdialog' });
    const end = (answer) => { dialog.close(); dialog.remove(); done(answer); };
    const yes = h('button', { type: 'button', class: spec.style === 'danger' ? 'danger' : 'primary', onclick: () => end(true) }, plainOf(spec.confirm, env) || 'Yes');
    dialog.append(
      h('h2', { id }, plainOf(spec.title, env) || 'Are you sure?'),
      h('div.text', null, textObject(spec.text, env)),
      h('footer', null, h('button', { type: 'button', onclick: () => end(false) }, plainOf(spec.deny, env) || 'Cancel'), yes));
    dialog.addEventListener('cancel', (e) => { e.preventDefault(); end(false); });
    show(dialog);
    yes.focus();
  });
}

// show opens a dialog as a modal one and keeps Tab inside it, so that the keyboard never ends up in the browser's bars.
export function show(dialog) {
  if (!dialog.isConnected) document.body.append(dialog);
  dialog.showModal();
  if (dialog.looped) return;
  dialog.looped = true;
  dialog.addEventListener('keydown', (e) => {
    if (e.key !== 'Tab') return;
    const stops = tabStops(dialog);
    const [first, last] = [stops[0], stops.at(-1)];
    if (!first) return;
    const from = document.activeElement;
    if (e.shiftKey ? from === first || from === dialog : from === last) {
      e.preventDefault();
      (e.shiftKey ? last : first).focus();
    }
  });
}

export const tabStops = (root) => [...root.querySelectorAll('a[href], button, input, textarea, select, summary, [tabindex]')]
  .filter((el) => !el.disabled && el.tabIndex >= 0 && el.getClientRects().length > 0);
