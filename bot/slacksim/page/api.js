// The control API: one token, one way to ask, one loop that follows the server.

export class Denied extends Error {}
export class Lost extends Error {}
class Refused extends Error {}

// place is what the fragment says beside the token: who one is and where. It makes reload, back and a shared link
// keep their place.
export const place = new URLSearchParams(location.hash.slice(1));
let token = takeToken();

function takeToken() {
  const given = place.get('token');
  place.delete('token');
  if (!given) return sessionStorage.getItem('slacksim.token') || '';
  sessionStorage.setItem('slacksim.token', given);
  // The secret leaves the address bar, so that a screenshot or a pasted address doesn't carry it.
  history.replaceState(null, '', `${location.pathname}#${place}`);
  return given;
}

// retake reads a new address pasted over the old one, as after a restart; it says whether there was a token in it.
export function retake() {
  const now = new URLSearchParams(location.hash.slice(1));
  for (const key of [...place.keys()]) place.delete(key);
  for (const [key, value] of now) place.set(key, value);
  const fresh = place.has('token');
  token = takeToken();
  return fresh;
}

async function ask(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(`control/${path}`, {
      method, signal, cache: 'no-store',
      headers: { 'X-Control-Token': token, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (err) {
    if (err.name === 'AbortError') throw err;
    throw new Lost('The local Slack does not answer.');
  }
  if (answer.status === 401 || answer.status === 403) throw new Denied('The local Slack refused this page’s key.');
  try {
    return await answer.json();
  } catch {
    throw new Lost(`The local Slack answered ${answer.status} with something that is not JSON.`);
  }
}

export const get = (path, signal) => ask('GET', path, undefined, signal);

// post never throws: what went wrong comes back as the sentence to show, like a refusal of the server itself.
export async function post(path, body) {
  try {
    return await ask('POST', path, body);
  } catch (err) {
    return { ok: false, lost: true, error: `${err.message} Nothing was sent; try again in a moment.` };
  }
}

// silence is what to say when the app did not acknowledge, or '' when it did.
export function silence(answer, { bot, connections }) {
  if (!answer.ack || answer.ack === 'ok' || answer.ack === 'unsent') return '';
  if (answer.ack === 'refused') return `${answer.notice || `The answer of ${bot.name} was refused.`} The inspector says why.`;
  return connections === 0 ? `${bot.name} is not connected.` : `${bot.name} did not answer within 3 seconds.`;
}

const visible = () => new Promise((done) => {
  if (!document.hidden) return done();
  const look = () => { if (!document.hidden) { document.removeEventListener('visibilitychange', look); done(); } };
  document.addEventListener('visibilitychange', look);
});

// follow keeps one person's picture current: a first one, and then each time what has changed. A server that was started
// again says so itself, and sends everything. A hidden tab lets go of its connection: browsers allow six to one host,
// and a demo has a tab per person.
export function follow({ who, onState, onLink }) {
  let wake = new AbortController();
  let stopped = false;

  async function round(had) {
    await visible();
    const as = who();
    const since = had?.as === as ? { since: had.seq, run: had.run } : {};
    const now = await get(`follow?${new URLSearchParams({ as, ...since })}`, wake.signal);
    if (now.ok === false) throw new Refused(now.error);
    onLink('up');
    // A picture of somebody else was under way when one became another.
    if (as === who()) onState(now);
    return { as: now.me.id, seq: now.seq, run: now.run };
  }

  async function run() {
    let had = null;
    let pause = 300;
    while (!stopped) {
      try {
        had = await round(had);
        pause = 300;
      } catch (err) {
        if (err.name === 'AbortError') { wake = new AbortController(); continue; }
        if (!(err instanceof Lost)) had = null;
        onLink(err instanceof Denied ? 'denied' : err instanceof Refused ? 'refused' : 'lost', err);
        if (err instanceof Denied) await new Promise((done) => { wake.signal.addEventListener('abort', done); });
        else await new Promise((done) => { setTimeout(done, pause); wake.signal.addEventListener('abort', done); });
        if (wake.signal.aborted) wake = new AbortController();
        if (![Lost, Denied, Refused].some((kind) => err instanceof kind)) console.error(err);
        pause = Math.min(pause * 1.6, 3000);
      }
    }
  }

  document.addEventListener('visibilitychange', () => { if (document.hidden) wake.abort(); });
  run();
  return { refresh: () => wake.abort(), stop: () => { stopped = true; wake.abort(); } };
}
