// The other side of the app under test: people, played through the control API.
const page = new URL(process.env.CONTROL_PAGE);
const token = new URLSearchParams(page.hash.slice(1)).get('token');
const headers = { 'X-Control-Token': token };

const get = async (path, signal) => (await fetch(`${page.origin}/control/${path}`, { headers, signal })).json();

export const post = async (act, body) => (await fetch(`${page.origin}/control/${act}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();

export const dump = () => get('dump');
export const fault = (body) => post('fault', body);

const patience = 15_000;

// until looks again after every change of the workspace, and now and then
// besides for what only the app knows, until look answers something.
export async function until(what, look) {
  for (const end = Date.now() + patience; ;) {
    const { seq } = await get('wait?since=-1');
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await get(`wait?since=${seq}`, AbortSignal.timeout(500)).catch((err) => { if (err.name !== 'TimeoutError') throw err; });
  }
}

// as is somebody's seat. Its acts answer what the control API answers, and
// throw what it refuses.
export function as(who) {
  const act = (path) => async (body) => {
    const answer = await post(path, { as: who, ...body });
    if (!answer.ok) throw new Error(`${who}: ${path} was refused: ${answer.error}`);
    return answer;
  };
  const state = () => get(`state?as=${who}`);
  const seat = {
    say: act('say'), command: act('command'), click: act('click'), change: act('change'), suggest: act('suggest'),
    submit: act('submit'), close: act('close'), home: act('home'), shortcut: act('shortcut'), state,

    // messages of a channel, given by name, or of the DM with the bot.
    messages: async (channel) => {
      const { channels, dms } = await state();
      return (channel === 'dm' ? dms[0] : channels.find((c) => c.name === channel)).messages;
    },
    // sees waits for a message in a channel that fits.
    sees: (channel, fits) => until(`${who} to see ${fits} in ${channel}`, async () => (await seat.messages(channel)).find(fits)),
    modals: async () => (await state()).modals,
    modal: (title) => until(`${who} to see the modal ${title}`, async () => (await seat.modals()).find((v) => v.title.text === title)),
  };
  return seat;
}
