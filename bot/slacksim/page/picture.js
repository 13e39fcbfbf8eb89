import { h } from './dom.js';
import { icon } from './icons.js';

// Pictures of this server are shown. Others are named, not fetched: the page asks nobody outside for anything.
export function picture(place, spec, look) {
  const url = spec.slack_file ? place.app.fileURL(spec.slack_file.id, spec.slack_file.url) : spec.image_url;
  const alt = spec.alt_text || '';
  if (url && local(url)) {
    const img = h('img', { class: look, src: url, alt, loading: 'lazy' });
    img.addEventListener('error', () => img.replaceWith(absent(alt, url, look, 'The picture could not be loaded')), { once: true });
    return img;
  }
  return absent(alt, url, look, url ? `Picture from ${host(url)}, not fetched` : 'A picture without an address');
}

function local(url) {
  try {
    const { protocol, origin } = new URL(url, document.baseURI);
    return protocol === 'data:' || origin === location.origin;
  } catch { return false; }
}

function host(url) {
  try { return new URL(url).hostname; } catch { return 'elsewhere'; }
}

const absent = (alt, url, look, why) => h('span.no-picture', { class: look, role: 'img', 'aria-label': alt || why, title: `${why}${url ? `: ${url}` : ''}` },
  icon('eye', 16), look === 'thumb' ? null : h('span', null, alt || 'Picture', h('span.detail', null, why)));
