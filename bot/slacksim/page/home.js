import { settle, viewPlace } from './actions.js';
import { avatar } from './avatar.js';
import { blockItems } from './blocks.js';
import { h, patch } from './dom.js';
import { icon } from './icons.js';

// The app's Home: the view it published for this person.
export function renderHome(app, main) {
  const view = app.home;
  const key = view ? `view ${view.id}` : 'none';
  patch(main, [
    { key: 'home head', sig: JSON.stringify([app.bot.name, app.me.id]), make: () => head(app) },
    ...app.banners(),
    { key: `home ${app.me.id}`, sig: key, make: () => h('div.scroller.home-scroller', { tabIndex: 0, role: 'region', 'aria-label': `Home of ${app.bot.name}` }, h('div.home', { id: 'home', data: { viewId: view?.id } })) },
  ]);
  const host = document.getElementById('home');
  if (!view) {
    patch(host, [{ key: 'empty', sig: app.me.id, make: () => h('div.empty', null, icon('home', 40), h('p', null, `${app.bot.name} has not published a Home for ${app.me.real} yet.`), h('p.quiet', null, app.connections ? 'It was told just now that you opened it.' : 'It isn’t connected; it will hear of you when it is.')) }]);
    return;
  }
  const place = viewPlace(app, view, 'home');
  if (host.shownHash !== view.hash) { host.shownHash = view.hash; settle(place); }
  const note = app.notes.get(place.key);
  patch(host, [
    ...(note ? [{ key: 'note', sig: note, make: () => h('p.note', { role: 'alert' }, icon('warning', 15), h('span', null, note)) }] : []),
    ...blockItems(place, view.blocks),
  ]);
}

function head(app) {
  return h('header.bar', null, app.menuButton(), avatar(app.bot, 'small'),
    h('div.title', null, h('h1', null, h('span', null, app.bot.name)), h('p.topic', null, `Home, as ${app.me.real} sees it`)),
    h('button', { type: 'button', class: 'small', onclick: () => app.openDM() }, icon('chat', 16), 'Messages'));
}
