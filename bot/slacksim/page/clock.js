import { post } from './api.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { clockTime, instant, nextMonday, shortDay, wallValue } from './when.js';

// The office clock: what time it is for the app under test, and the means to move it.
export function clock(app) {
  const time = h('time.office-time', { 'aria-live': 'off' });
  const field = h('input.field', { type: 'datetime-local', 'aria-label': 'Office time to set', id: 'clock-field' });
  const form = h('form.clock-form', { hidden: true, onsubmit: (e) => { e.preventDefault(); if (field.value) move({ now: new Date(instant(app.env, field.value)).toISOString() }); } },
    field, h('button.small', { type: 'submit' }, 'Set'));
  const buttons = [['+1 hour', () => move({ advance: '1h' })], ['+1 day', () => move({ advance: '24h' })],
    ['Mon 09:00', () => move({ now: new Date(nextMonday(app.env)).toISOString() })]];

  async function move(body) {
    const answer = await post('clock', body);
    if (answer.ok === false) app.toast(answer.error, { bad: true });
    else form.hidden = true;
  }

  function tick() {
    const { env } = app;
    const now = env.now();
    time.textContent = `${shortDay(env, now)} · ${clockTime(env, now)}`;
    time.setAttribute('datetime', new Date(now).toISOString());
  }

  const pick = h('button.small', {
    type: 'button', 'aria-expanded': 'false', data: { focus: 'clock-pick' }, title: 'Choose a date', 'aria-label': 'Choose a date',
    onclick: () => { form.hidden = !form.hidden; pick.setAttribute('aria-expanded', String(!form.hidden)); field.value = wallValue(app.env, app.env.now()); if (!form.hidden) field.focus(); },
  }, 'Date…');
  tick();
  const node = h('section.clock', { 'aria-label': 'Office clock' },
    h('p.clock-title', null, icon('clock', 15), 'Office clock', h('span.quiet', null, app.env.tz.split('/').at(-1).replaceAll('_', ' '))),
    time,
    h('div.clock-row', null, buttons.map(([label, run]) => h('button.small', { type: 'button', data: { focus: `clock ${label}` }, title: label === 'Mon 09:00' ? 'Next Monday, 09:00 in your zone' : null, 'aria-label': label === 'Mon 09:00' ? 'Next Monday 09:00' : label, onclick: run }, label)), pick),
    form);
  node.tick = tick;
  return node;
}
