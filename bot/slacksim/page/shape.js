import { Room } from './rooms.js';

// The server's picture in the page's words, so that everything else reads one shape.

// shape puts a picture, or what is new in one, upon the rooms that were known; fresh collects the messages that came.
export function shape(raw, known) {
  const rooms = new Map();
  const fresh = [];
  const room = (change, more) => {
    const r = (!raw.whole && known.get(change.id)) || new Room();
    rooms.set(change.id, r);
    for (const m of r.take(change, more)) fresh.push([r, m]);
    return r;
  };
  const people = (raw.people || []).map(person);
  const bot = { id: raw.bot?.user_id || raw.bot?.id || '', botId: raw.bot?.bot_id || '', name: raw.bot?.name || 'the app', app: true };
  bot.real = bot.name;
  const me = people.find((p) => p.id === (raw.me?.id || raw.me)) || people[0] || { id: '', real: 'Nobody', tz: 'UTC', locale: 'en-GB' };
  return {
    seq: raw.seq, run: raw.run, rooms, fresh, team: raw.team || {}, people, bot, me,
    command: typeof raw.command === 'string' ? raw.command : raw.command?.name || '',
    now: Date.parse(raw.now), taken: performance.now(),
    connections: raw.connections ?? 0,
    channels: raw.channels.map((c) => room(c)),
    dms: raw.dms.map((c) => room(c, { kind: 'dm', name: dmName(c, bot, people) })),
    home: raw.home && 'view' in raw.home ? raw.home.view : raw.home || null,
    modals: raw.modals || [],
    notices: (raw.notices || []).map((n) => (typeof n === 'string' ? { text: n } : n)),
    shortcuts: raw.shortcuts || [],
  };
}

const person = (p) => ({ ...p, real: p.real_name || p.name || p.id, title: p.title || '', tz: p.tz || 'UTC', locale: p.locale || 'en-US' });

function dmName(c, bot, people) {
  const other = c.user && people.find((p) => p.id === c.user);
  return other && !c.with_bot ? other.real : c.name || bot.name;
}
