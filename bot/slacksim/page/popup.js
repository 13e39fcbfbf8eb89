import { h } from './dom.js';

// One small floating box at a time: menus and lists of options.

let open = null;

// popup shows content beside anchor and answers a function that closes it. It lives inside the dialog of its anchor,
// since everything outside an open dialog is out of reach.
export function popup(anchor, content, { onClose, wide } = {}) {
  closePopup();
  const box = h('div.popup', { class: wide ? 'wide' : '' }, content);
  (anchor.closest('dialog') || document.body).append(box);
  const place = () => {
    const at = anchor.getBoundingClientRect();
    const width = Math.min(Math.max(at.width, wide ? 280 : 200), innerWidth - 16);
    box.style.setProperty('min-width', `${width}px`);
    box.style.setProperty('max-height', 'none');
    const size = box.getBoundingClientRect();
    const below = innerHeight - at.bottom - 8;
    const up = size.height > below && at.top > below;
    box.style.setProperty('max-height', `${Math.max(120, up ? at.top - 12 : below)}px`);
    box.style.setProperty('left', `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`);
    box.style.setProperty('top', up ? `${Math.max(8, at.top - Math.min(size.height, at.top - 12) - 4)}px` : `${at.bottom + 4}px`);
  };
  const outside = (e) => { if (!box.contains(e.target) && !anchor.contains(e.target)) close(); };
  const keys = (e) => {
    if (e.key !== 'Escape') return;
    e.preventDefault();
    e.stopPropagation();
    close();
    anchor.focus();
  };
  function close() {
    if (open?.box !== box) return;
    open = null;
    box.remove();
    document.removeEventListener('pointerdown', outside, true);
    document.removeEventListener('keydown', keys, true);
    removeEventListener('resize', place);
    document.removeEventListener('scroll', follow, true);
    anchor.setAttribute('aria-expanded', 'false');
    onClose?.();
  }
  const follow = (e) => { if (!box.contains(e.target)) { if (anchor.isConnected) place(); else close(); } };
  open = { box, close, anchor };
  anchor.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', outside, true);
  document.addEventListener('keydown', keys, true);
  document.addEventListener('scroll', follow, true);
  addEventListener('resize', place);
  place();
  return { close, place };
}

export function closePopup() {
  open?.close();
}

// tidyPopup closes a box whose control has gone: what it would change is no longer there.
export function tidyPopup() {
  if (open && !open.anchor.isConnected) open.close();
}

// popupOf says whether this control's box is the open one, so that a second press closes it.
export const popupOf = (anchor) => open?.anchor === anchor;

// menu opens a list of things to do: items of {label, detail, checked, danger, off, pick} or {title}.
export function menu(anchor, items, label) {
  if (popupOf(anchor)) return closePopup();
  const list = h('div.menu', { role: 'menu', 'aria-label': label });
  const { close } = popup(anchor, list, { wide: items.some((item) => item.detail) });
  const choose = (item) => { close(); anchor.focus(); item.pick(); };
  for (const item of items) {
    if (item.title) { list.append(h('div.menu-title', { role: 'presentation' }, item.title)); continue; }
    list.append(h('button.menu-item', {
      type: 'button', role: item.checked === undefined ? 'menuitem' : 'menuitemradio', 'aria-checked': item.checked === undefined ? null : String(item.checked),
      class: item.danger ? 'danger' : '', tabIndex: -1, disabled: item.off, data: item.data, onclick: () => choose(item),
    }, item.mark, h('span.menu-text', null, h('span', null, item.label), item.detail && h('span.detail', null, item.detail))));
  }
  const buttons = [...list.querySelectorAll('button:not(:disabled)')];
  list.addEventListener('keydown', (e) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[e.key];
    if (e.key === 'Tab') { e.preventDefault(); close(); anchor.focus(); return; }
    if (to === undefined) {
      const hit = e.key.length === 1 && buttons.find((b, i) => i > at && b.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase()));
      if (hit) hit.focus();
      return;
    }
    e.preventDefault();
    buttons[(to + buttons.length) % buttons.length]?.focus();
  });
  (list.querySelector('[aria-checked=true]') || buttons[0])?.focus();
}
