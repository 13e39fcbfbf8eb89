// What one person has seen of a conversation: a first page, every change since, and earlier pages as they are asked
// for. A message that changes is another object, so that whatever was worked out from it can be kept beside it.

export const keyOf = (m) => `${m.ts}${m.ephemeral ? ' private' : ''}`;

const isReply = (m) => m.thread_ts && m.thread_ts !== m.ts;

export class Room {
  #known = new Map();
  #replies = new Map();
  #edge = 0; // nothing older than this is shown: what lies between may not be here yet
  version = 0;
  messages = [];
  roots = [];
  newest = '0';

  // take puts a change in place; it answers the messages that came with it.
  take(change, { kind = change.kind, name = change.name } = {}) {
    const { messages = [], gone = [], whole, earlier = 0, ...facts } = change;
    Object.assign(this, facts, { kind, name, topic: facts.topic || '', unread: facts.unread || 0 });
    if (whole) {
      this.#known.clear();
      this.earlier = earlier;
      this.#edge = earlier ? Math.min(...messages.filter((m) => !isReply(m) && !m.ephemeral).map((m) => Number(m.ts))) : 0;
    }
    for (const m of gone) this.#known.delete(keyOf(m));
    for (const m of messages) this.#known.set(keyOf(m), m);
    if (whole || gone.length || messages.length) this.#sort();
    return messages;
  }

  // turn adds an earlier page.
  turn({ messages, earlier }) {
    for (const m of messages) if (!this.#known.has(keyOf(m))) this.#known.set(keyOf(m), m);
    this.earlier = earlier;
    this.#edge = earlier ? Math.min(this.#edge, ...messages.filter((m) => !isReply(m)).map((m) => Number(m.ts))) : 0;
    this.#sort();
  }

  get edge() { return this.roots.find((m) => Number(m.ts) >= this.#edge && !m.ephemeral)?.ts || ''; }

  find(ts) { return this.#known.get(ts) || this.#known.get(`${ts} private`); }

  replies(ts) { return this.#replies.get(ts) || []; }

  #sort() {
    const all = [...this.#known.values()];
    const at = new Map(all.map((m) => [m, Number(m.ts)]));
    this.messages = all.sort((a, b) => at.get(a) - at.get(b));
    this.roots = this.messages.filter((m) => at.get(m) >= this.#edge && (!isReply(m) || m.subtype === 'thread_broadcast'));
    this.#replies = Map.groupBy(this.messages.filter(isReply), (m) => m.thread_ts);
    this.newest = this.messages.length ? this.messages.at(-1).ts : '0';
    this.version++;
  }
}
