import { h } from './dom.js';
import { icon } from './icons.js';

// Short notices at the edge. Bad news stays until it is dismissed; good news leaves by itself.

export function toast(text, { bad = false } = {}) {
  const host = document.getElementById('toasts');
  const twin = [...host.children].find((el) => el.dataset.text === text);
  twin?.remove();
  const node = h('div.toast', { class: bad ? 'bad' : '', role: bad ? 'alert' : 'status', data: { text } },
    icon(bad ? 'warning' : 'check', 18), h('span', null, text),
    h('button.plain', { type: 'button', 'aria-label': 'Dismiss', onclick: () => node.remove() }, icon('close', 14)));
  // A toast under an open dialog could be neither read nor dismissed: it goes in with it.
  (document.querySelector('dialog[open] .dialog-toasts') || host).append(node);
  if (!bad) setTimeout(() => node.remove(), 5000);
}

let queue = [];

// announce tells assistive technology, once for what arrives together.
export function announce(text) {
  queue.push(text);
  if (queue.length > 1) return;
  setTimeout(() => {
    const [first, ...rest] = queue;
    queue = [];
    document.getElementById('live').textContent = rest.length ? `${first} And ${rest.length} more.` : first;
  }, 150);
}
