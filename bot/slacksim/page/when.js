// Times as the viewer reads them: in their zone, in their language, against the office clock.

const cache = new Map();

function format(env, options) {
  const key = `${env.locale}|${env.tz}|${JSON.stringify(options)}`;
  if (!cache.has(key)) cache.set(key, make(env, options));
  return cache.get(key);
}

// A zone or language the browser doesn't know must not take the page down.
function make({ locale, tz }, options) {
  for (const [l, timeZone] of [[locale, tz], ['en-GB', tz], [locale, 'UTC'], ['en-GB', 'UTC']]) {
    try { return new Intl.DateTimeFormat(l || 'en-GB', { timeZone, ...options }); } catch { continue; }
  }
  return new Intl.DateTimeFormat('en-GB', options);
}

export const tsMillis = (ts) => Math.round(Number(ts) * 1000);
// hours: the half-day clock where it is the custom, else 00 to 23; browsers disagree about midnight if not told.
const hours = (env) => (/^en-(US|CA|AU|IN)/.test(env.locale || '') ? { hour: 'numeric', hourCycle: 'h12' } : { hour: '2-digit', hourCycle: 'h23' });
export const clockTime = (env, ms) => format(env, { ...hours(env), minute: '2-digit' }).format(ms);

// dayKey is the calendar day in the viewer's zone, as 2026-01-12.
export function dayKey(env, ms) {
  const part = parts(env, ms);
  return `${part.year}-${part.month}-${part.day}`;
}

function parts(env, ms) {
  const list = format({ locale: 'en-GB', tz: env.tz }, {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }).formatToParts(ms);
  return Object.fromEntries(list.map((p) => [p.type, p.value]));
}

// todayKey is asked for every row of a list, and changes once a day: once a minute is often enough.
let today = {};

export function todayKey(env) {
  const minute = Math.floor(env.now() / 60000);
  if (today.minute !== minute || today.tz !== env.tz) today = { minute, tz: env.tz, key: dayKey(env, env.now()) };
  return today.key;
}

function daysApart(env, ms) {
  const day = (t) => Date.parse(`${dayKey(env, t)}T00:00Z`) / 864e5;
  return day(env.now()) - day(ms);
}

function pretty(env, ms, otherwise) {
  const words = { 0: 'Today', 1: 'Yesterday', '-1': 'Tomorrow' };
  return words[daysApart(env, ms)] || otherwise;
}

const DATE = {
  date_num: (e, t) => dayKey(e, t),
  date: (e, t) => format(e, { year: 'numeric', month: 'long', day: 'numeric' }).format(t),
  date_short: (e, t) => format(e, { year: 'numeric', month: 'short', day: 'numeric' }).format(t),
  date_long: (e, t) => format(e, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }).format(t),
  date_pretty: (e, t) => pretty(e, t, DATE.date(e, t)),
  date_short_pretty: (e, t) => pretty(e, t, DATE.date_short(e, t)),
  date_long_pretty: (e, t) => pretty(e, t, DATE.date_long(e, t)),
  day_divider_pretty: (e, t) => pretty(e, t, DATE.date_long(e, t)),
  time: (e, t) => clockTime(e, t),
  time_secs: (e, t) => format(e, { ...hours(e), minute: '2-digit', second: '2-digit' }).format(t),
  ago: (e, t) => ago(e, t),
};

export function ago(env, ms) {
  const minutes = Math.round((ms - env.now()) / 60000);
  const [n, unit] = Math.abs(minutes) < 60 ? [minutes, 'minute']
    : Math.abs(minutes) < 48 * 60 ? [Math.round(minutes / 60), 'hour'] : [Math.round(minutes / 1440), 'day'];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(n, unit);
}

// slackDate fills the tokens of <!date^…>. A word in the middle of a sentence is not capitalised.
export function slackDate(env, seconds, pattern, fallback) {
  const ms = Number(seconds) * 1000;
  if (!Number.isFinite(ms) || !pattern) return fallback || '';
  return pattern.replace(/\{(\w+)\}/g, (whole, name, at) => {
    const text = DATE[name] ? DATE[name](env, ms) : whole;
    return at > 0 && /^(Today|Yesterday|Tomorrow)$/.test(text) ? text.toLowerCase() : text;
  });
}

export const fullTime = (env, ms) => `${DATE.date_long(env, ms)}, ${DATE.time_secs(env, ms)} (${env.tz || 'UTC'})`;
export const dayTitle = (env, ms) => pretty(env, ms, format(env, { weekday: 'long', day: 'numeric', month: 'long', ...(yearOf(env, ms) === yearOf(env, env.now()) ? {} : { year: 'numeric' }) }).format(ms));
export const shortDay = (env, ms) => format(env, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(ms);
export const lastAt = (env, ms) => {
  const day = pretty(env, ms, format(env, { day: 'numeric', month: 'short' }).format(ms));
  return `${/^\d|^[A-Z][a-z]{2} \d/.test(day) ? day : day.toLowerCase()} at ${clockTime(env, ms)}`;
};
const yearOf = (env, ms) => parts(env, ms).year;

// wallValue is the value of a datetime-local field: the wall clock in the viewer's zone.
export function wallValue(env, ms) {
  const p = parts(env, ms);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

// instant turns a wall clock in the viewer's zone back into an instant. Two rounds settle every hour but the one that
// a zone skips in spring, which comes out an hour later, as in the office.
export function instant(env, wall) {
  const want = Date.parse(`${wall}:00Z`);
  let guess = want;
  for (let i = 0; i < 2; i++) guess += want - Date.parse(`${wallValue(env, guess)}:00Z`);
  return guess;
}

// nextMonday is the coming Monday 09:00 in the viewer's zone, never today's that has begun.
export function nextMonday(env) {
  for (let days = 0; days <= 8; days++) {
    const day = dayKey(env, env.now() + days * 864e5);
    const at = instant(env, `${day}T09:00`);
    if (new Date(`${day}T12:00Z`).getUTCDay() === 1 && at > env.now()) return at;
  }
  return env.now() + 7 * 864e5;
}
