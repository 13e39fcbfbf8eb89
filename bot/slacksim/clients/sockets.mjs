// Socket Mode itself: losing connections, repeated and unacknowledged
// envelopes, several sockets at once. A Bolt app, and below it the client that
// Bolt stands on.
import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { WebSocket } from 'undici';
import { start } from './app.mjs';
import { as, dump, fault, until } from './person.mjs';
import { check, finish } from './tap.mjs';

const beats = { ping: 0, pong: 0 };
for (const beat of Object.keys(beats)) diagnostics.subscribe(`undici:websocket:${beat}`, () => { beats[beat]++; });

const heard = [];
const { app } = await start((app) => {
  app.message(/./, async ({ event, context, body }) => { heard.push({ text: event.text, id: body.event_id, retry: context.retryNum, reason: context.retryReason }); });
  app.command('/health', async ({ ack }) => ack());
}, 1500);

const ana = as('U0ANA');
const texts = (text) => heard.filter((h) => h.text === text);
const hear = (text) => until(`the app to hear ${text}`, () => texts(text)[0]);
const connections = async () => (await dump()).connections;
const opened = async () => (await dump()).calls.filter((c) => c.method === 'apps.connections.open').length;
const envelope = async (text) => (await dump()).envelopes.find((e) => e.payload.event?.text === text);

for (const [name, kind] of [['refresh_requested', 'disconnect_refresh'], ['a warning', 'disconnect_warning'], ['link_disabled, once', 'link_disabled'], ['a connection that drops', 'drop_socket']]) {
  await check(`${name}: the client comes back, and nothing that was said is lost`, async () => {
    const before = await opened();
    await fault({ kind, times: 1 });
    await until('the connection to end', async () => await connections() === 0);
    await ana.say({ channel: 'csm', text: `during ${kind}` });
    const { retry, reason } = await hear(`during ${kind}`);
    assert.deepEqual([retry, reason], [1, 'connection_failed']);
    assert.equal(texts(`during ${kind}`).length, 1);
    assert.ok(await opened() > before, 'a ticket was used twice');
    assert.equal(await connections(), 1);
  });
}

await check('a command in the gap fails at once, and the next one does not', async () => {
  await fault({ kind: 'disconnect_refresh' });
  assert.equal((await ana.command({ channel: 'csm', text: '/health' })).ack, 'timeout');
  await until('the client to be back', async () => await connections() === 1);
  assert.equal((await ana.command({ channel: 'csm', text: '/health' })).ack, 'ok');
});

await check('an envelope that comes twice is the same twice, and the second ack is of no use', async () => {
  await fault({ kind: 'repeat', times: 1 });
  await ana.say({ channel: 'csm', text: 'said once' });
  await until('both', () => texts('said once').length === 2);
  const [one, two] = texts('said once');
  assert.equal(one.id, two.id);
  const { id, acks } = await until('both to be acknowledged', async () => { const e = await envelope('said once'); return e.acks?.length === 2 && e; });
  assert.equal(acks.length, 2);
  assert.ok((await dump()).refusals.some((r) => r.text === `envelope ${id} was acknowledged more than once`));
});

await check('both sides see the other alive', () => until('pings from the server and pongs to ours', () => beats.ping > 2 && beats.pong > 2));

await app.stop();
await until('nobody to be connected', async () => await connections() === 0);

const socket = () => new SocketModeClient({
  appToken: process.env.SLACK_APP_TOKEN, logLevel: LogLevel.ERROR, autoReconnectEnabled: false, clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

await check('an event that is not acknowledged comes again, once it says so', async () => {
  const client = socket();
  const seen = [];
  client.on('message', async (delivery) => {
    seen.push(delivery);
    if (seen.length > 1) await delivery.ack();
  });
  await client.start();
  await ana.say({ channel: 'csm', text: 'ignored at first' });
  await until('the second delivery', () => seen.length === 2);
  const [first, second] = seen;
  assert.deepEqual([first.retry_num, first.retry_reason], [0, '']);
  assert.deepEqual([second.retry_num, second.retry_reason], [1, 'timeout']);
  assert.equal(second.envelope_id, first.envelope_id);
  assert.equal(second.body.event_id, first.body.event_id);
  assert.equal(second.accepts_response_payload, false);
  await until('its acknowledgement', async () => (await envelope('ignored at first')).acks?.length === 1);
  await client.disconnect();
});

await check('ten connections share what comes, and the eleventh is sent away', async () => {
  await until('nobody to be connected', async () => await connections() === 0);
  const clients = Array.from({ length: 10 }, socket);
  const seen = clients.map(() => 0);
  clients.forEach((client, i) => client.on('message', async ({ ack }) => { seen[i]++; await ack(); }));
  await Promise.all(clients.map((client) => client.start()));
  assert.equal(await connections(), 10);
  const eleventh = socket();
  let reason;
  eleventh.on('ws_message', (data) => { reason ??= JSON.parse(data).reason; });
  await assert.rejects(eleventh.start());
  assert.equal(reason, 'too_many_websockets');
  for (let i = 0; i < 10; i++) await ana.say({ channel: 'csm', text: `number ${i}` });
  await until('all to be heard', () => seen.reduce((a, b) => a + b) === 10);
  assert.ok(seen.filter(Boolean).length > 1, seen.join());
  await Promise.all(clients.map((client) => client.disconnect()));
});

await check('a ticket opens one connection', async () => {
  const { url } = await app.client.apps.connections.open({ token: process.env.SLACK_APP_TOKEN });
  const statuses = [];
  for (let i = 0; i < 2; i++) {
    const ws = new WebSocket(url);
    statuses.push(await new Promise((done) => { ws.onmessage = ({ data }) => done(JSON.parse(data).type); ws.onerror = () => done('refused'); }));
    ws.close();
  }
  assert.deepEqual(statuses, ['hello', 'refused']);
});

finish();
