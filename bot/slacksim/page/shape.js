// The server's picture in the page's words, so that everything else reads one shape.

export function shape(raw) {
  const people = (raw.people || []).map(person);
  const bot = { id: raw.bot?.user_id || raw.bot?.id || '', botId: raw.bot?.bot_id || '', name: raw.bot?.name || 'the app', app: true };
  bot.real = bot.name;
  const me = people.find((p) => p.id === (raw.me?.id || raw.me)) || people[0] || { id: '', real: 'Nobody', tz: 'UTC', locale: 'en-GB' };
  return {
    seq: raw.seq, team: raw.team || {}, people, bot, me,
    command: typeof raw.command === 'string' ? raw.command : raw.command?.name || '',
    now: Date.parse(raw.now), taken: performance.now(),
    connections: raw.connections ?? 0,
    channels: (raw.channels || []).filter((c) => c.kind !== 'dm').map((c) => channel(c)),
    dms: (raw.dms || (raw.channels || []).filter((c) => c.kind === 'dm')).map((c) => channel({ ...c, kind: 'dm', name: dmName(c, bot, people) })),
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

function channel(c) {
  const messages = [...(c.messages || [])].sort((a, b) => Number(a.ts) - Number(b.ts));
  const isReply = (m) => m.thread_ts && m.thread_ts !== m.ts;
  return {
    ...c, topic: c.topic || '', unread: c.unread || 0, messages,
    roots: messages.filter((m) => !isReply(m) || m.subtype === 'thread_broadcast'),
    replies: (ts) => messages.filter((m) => isReply(m) && m.thread_ts === ts),
    newest: messages.length ? messages.at(-1).ts : '0',
  };
}
