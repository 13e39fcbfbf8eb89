import { h } from './dom.js';
import { icon } from './icons.js';

// A person is two letters on a colour of their own; the app is a pulse.
export function avatar(who, size = '') {
  if (who?.app) return h('span.avatar.of-app', { class: size, 'aria-hidden': 'true' }, icon('pulse', size === 'tiny' ? 12 : 20));
  const name = who?.real || who?.id || '?';
  const letters = name.split(/\s+/).map((part) => part[0]).filter(Boolean);
  return h('span.avatar', { class: `hue-${hue(who?.id || name)} ${size}`, 'aria-hidden': 'true' }, (letters[0] + (letters.length > 1 ? letters.at(-1) : '')).toUpperCase());
}

function hue(id) {
  let n = 7;
  for (const c of id) n = (n * 31 + c.charCodeAt(0)) % 9973;
  return n % 8;
}
