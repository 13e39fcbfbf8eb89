// The Web API through the client that Slack's own developers use: pages, rate
// limits, files, and the shapes of answers and refusals.
import assert from 'node:assert/strict';
import { LogLevel, WebClient, WebClientEvent } from '@slack/web-api';
import { as, dump, fault } from './person.mjs';
import { home } from './samples.mjs';
import { check, finish, record, skip } from './tap.mjs';

// observed keeps the first answer of each method for types.mjs.
async function observed(url, init) {
  const answer = await fetch(url, init);
  const method = String(url).match(/\/api\/([\w.]+)$/)?.[1];
  if (method && answer.status === 200) {
    const body = await answer.clone().json();
    if (body.ok) record('Answer', method, body);
  }
  return answer;
}

const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => LogLevel.ERROR };
const client = (token, more) => new WebClient(token, { slackApiUrl: process.env.SLACK_API_URL, logger: silent, fetch: observed, retryConfig: { retries: 2, minTimeout: 10 }, ...more });
const bot = client(process.env.SLACK_BOT_TOKEN);
const ana = as('U0ANA');

const collect = async (method, options, key) => {
  const sizes = [];
  const all = [];
  for await (const page of bot.paginate(method, options)) {
    sizes.push(page[key].length);
    all.push(...page[key]);
  }
  return { sizes, all };
};
const refusal = (promise, code) => assert.rejects(promise, ({ data }) => {
  assert.equal(data?.error, code);
  assert.equal(data.ok, false);
  return true;
});
const once = async (promise) => { try { await promise; } catch (err) { return err; } throw new Error('it was not refused'); };

await check('users.list by cursor', async () => {
  const { sizes, all } = await collect('users.list', { limit: 2 }, 'members');
  assert.deepEqual(sizes, [2, 2, 2]);
  assert.deepEqual(new Set(all.map((m) => m.id)), new Set(['U0ANA', 'U0BEN', 'U0GUEST', 'U0EXT', 'U0GONE', 'U0BOT']));
});

await check('conversations.list by cursor and types', async () => {
  const { sizes, all } = await collect('conversations.list', { limit: 2, types: 'public_channel,private_channel', exclude_archived: true }, 'channels');
  assert.deepEqual(sizes, [2, 2]);
  assert.deepEqual(all.map((c) => c.name).sort(), ['csm', 'leads', 'outside', 'shared']);
});

await check('conversations.members by cursor', async () => {
  const { sizes, all } = await collect('conversations.members', { channel: 'C0CSM', limit: 3 }, 'members');
  assert.deepEqual([sizes, all.length], [[3, 1], 4]);
});

await check('a cursor of somebody else is refused', () => refusal(bot.users.list({ cursor: 'dXNlcjpVMDYxTkZUVDI=' }), 'invalid_cursor'));

let root;
await check('chat.postMessage with blocks in a form, and conversations.history by cursor', async () => {
  root = await bot.chat.postMessage({ channel: 'C0PRIV', text: 'root', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*root*' } }], metadata: { event_type: 'card', event_payload: { account: 'acme' } } });
  assert.match(root.message.blocks[0].block_id, /./);
  assert.match(root.ts, /^\d{10,}\.\d{6}$/);
  for (const text of ['one', 'two']) await ana.say({ channel: 'leads', text });
  const { sizes, all } = await collect('conversations.history', { channel: 'C0PRIV', limit: 2 }, 'messages');
  assert.deepEqual(sizes, [2, 1]);
  assert.deepEqual(all.map((m) => m.text), ['two', 'one', 'root'], 'newest first');
  assert.equal(all[2].metadata, undefined);
});

await check('metadata is given to who asks for it', async () => {
  const { messages } = await bot.conversations.history({ channel: 'C0PRIV', include_all_metadata: true, oldest: root.ts, latest: root.ts, inclusive: true });
  assert.deepEqual(messages.map((m) => m.metadata?.event_payload), [{ account: 'acme' }]);
});

await check('chat.update, chat.getPermalink, chat.delete', async () => {
  const { ts } = await bot.chat.update({ channel: 'C0PRIV', ts: root.ts, text: 'root, edited' });
  assert.equal(ts, root.ts);
  const { permalink } = await bot.chat.getPermalink({ channel: 'C0PRIV', message_ts: ts });
  assert.match(permalink, new RegExp(`/archives/C0PRIV/p${ts.replace('.', '')}`));
  const gone = await bot.chat.postMessage({ channel: 'C0CSM', text: 'to be deleted' });
  await bot.chat.delete({ channel: 'C0CSM', ts: gone.ts });
  await refusal(bot.chat.delete({ channel: 'C0CSM', ts: gone.ts }), 'message_not_found');
});

await check('conversations.replies by cursor', async () => {
  for (const text of ['a', 'b', 'c']) await ana.say({ channel: 'leads', thread_ts: root.ts, text });
  const { all } = await collect('conversations.replies', { channel: 'C0PRIV', ts: root.ts, limit: 2 }, 'messages');
  assert.deepEqual(all.map((m) => m.text), ['root, edited', 'a', 'b', 'c']);
  assert.equal(all[0].reply_count, 3);
});

await check('chat.postEphemeral is in no history', async () => {
  await bot.chat.postEphemeral({ channel: 'C0CSM', user: 'U0ANA', text: 'between us' });
  assert.equal((await ana.sees('csm', (m) => m.text === 'between us')).ephemeral, true);
  const { messages } = await bot.conversations.history({ channel: 'C0CSM' });
  assert.ok(!messages.some((m) => m.text === 'between us'));
});

await check('a user id opens the DM', async () => {
  const { channel } = await bot.conversations.open({ users: 'U0BEN' });
  const posted = await bot.chat.postMessage({ channel: 'U0BEN', text: 'hello' });
  assert.equal(posted.channel, channel.id);
});

await check('the other methods answer', async () => {
  await bot.auth.test();
  await bot.conversations.info({ channel: 'C0CSM', include_num_members: true });
  await bot.users.info({ user: 'U0ANA', include_locale: true });
  await bot.views.publish({ user_id: 'U0ANA', view: home });
  await client(process.env.SLACK_APP_TOKEN).apps.connections.open({});
});

await check('granted and accepted scopes stand in the headers', async () => {
  const { response_metadata } = await bot.users.info({ user: 'U0ANA' });
  assert.ok(response_metadata.scopes.includes('chat:write'));
  assert.deepEqual(response_metadata.acceptedScopes, ['users:read']);
});

await check('tokens: none, unknown, of the other kind, without the scope', async () => {
  await refusal(client().auth.test(), 'not_authed');
  await refusal(client('xoxb-nobody').auth.test(), 'invalid_auth');
  await refusal(client(process.env.SLACK_APP_TOKEN).users.list({}), 'not_allowed_token_type');
  await refusal(bot.apps.connections.open({}), 'not_allowed_token_type');
  const { data } = await once(bot.conversations.join({ channel: 'C0OUT' }));
  assert.deepEqual([data.error, data.needed], ['missing_scope', 'channels:join']);
  assert.ok(data.provided.split(',').includes('chat:write'));
});

await check('places: unknown, hidden, not joined, archived', async () => {
  const text = 'x';
  await refusal(bot.chat.postMessage({ channel: 'C0NOWHERE', text }), 'channel_not_found');
  await refusal(bot.chat.postMessage({ channel: 'C0OUT', text }), 'not_in_channel');
  await refusal(bot.chat.postMessage({ channel: 'C0OLD', text }), 'is_archived');
  await refusal(bot.chat.postMessage({ channel: 'C0CSM' }), 'no_text');
});

await check('invalid_blocks says where, in errors and in response_metadata', async () => {
  const { data } = await once(bot.chat.postMessage({ channel: 'C0CSM', text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x', emoji: true } }, { type: 'header', text: { type: 'mrkdwn', text: 'x' } }] }));
  assert.equal(data.error, 'invalid_blocks');
  assert.ok(data.errors.some((e) => e.includes('[json-pointer:/blocks/0/text')), data.errors.join());
  assert.ok(data.errors.some((e) => e.includes('[json-pointer:/blocks/1/text')), data.errors.join());
  assert.deepEqual(data.response_metadata.messages, data.errors.map((e) => `[ERROR] ${e}`));
});

await check('a method that there is not', async () => {
  const { data } = await once(bot.apiCall('health.check'));
  assert.deepEqual([data.error, data.req_method], ['unknown_method', 'health.check']);
});

await check('429: the client waits for as long as Retry-After says', async () => {
  await fault({ kind: '429', method: 'users.info', retry_after: 1 });
  const limited = [];
  bot.on(WebClientEvent.RATE_LIMITED, (seconds) => limited.push(seconds));
  const began = Date.now();
  assert.equal((await bot.users.info({ user: 'U0BEN' })).user.name, 'ben');
  assert.deepEqual(limited, [1]);
  assert.ok(Date.now() - began >= 1000);
});

await check('429: a channel takes one post a second after a burst, and all arrive in order', async () => {
  const texts = Array.from({ length: 6 }, (_, i) => `post ${i}`);
  const hurried = client(process.env.SLACK_BOT_TOKEN, { maxRequestConcurrency: 1, retryConfig: { retries: 5, minTimeout: 10 } });
  let limited = 0;
  hurried.on(WebClientEvent.RATE_LIMITED, () => { limited++; });
  for (const text of texts) await hurried.chat.postMessage({ channel: 'C0SHARED', text });
  assert.ok(limited > 0, 'six posts at once were let through');
  assert.deepEqual((await ana.messages('shared')).map((m) => m.text), texts);
});

await check('429: a client that does not want to wait is told how long', async () => {
  await fault({ kind: '429', method: 'users.info', retry_after: 30 });
  const err = await once(client(process.env.SLACK_BOT_TOKEN, { rejectRateLimitedCalls: true }).users.info({ user: 'U0ANA' }));
  assert.deepEqual([err.code, err.retryAfter], ['slack_webapi_rate_limited_error', 30]);
});

for (const kind of ['500_before', 'reset']) {
  await check(`${kind}: a second try does it, once`, async () => {
    await fault({ kind, method: 'chat.postMessage' });
    await bot.chat.postMessage({ channel: 'C0PRIV', text: `after ${kind}` });
    assert.equal((await ana.messages('leads')).filter((m) => m.text === `after ${kind}`).length, 1);
  });
}

await check('lost_answer: a second try does it twice, as it would in Slack', async () => {
  await fault({ kind: 'lost_answer', method: 'chat.postMessage' });
  await bot.chat.postMessage({ channel: 'D0BEN', text: 'who knows' });
  assert.equal((await as('U0BEN').messages('dm')).filter((m) => m.text === 'who knows').length, 2);
});

await check('hang: the client gives up, and nothing was done', async () => {
  await fault({ kind: 'hang', method: 'chat.postMessage' });
  const hasty = client(process.env.SLACK_BOT_TOKEN, { timeout: 300, retryConfig: { retries: 0 } });
  const err = await once(hasty.chat.postMessage({ channel: 'D0ANA', text: 'never' }));
  assert.equal(err.code, 'slack_webapi_request_error');
  assert.equal((await ana.messages('dm')).length, 0);
});

await check('a file is uploaded, described and downloaded', async () => {
  const file = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4]);
  let uploaded;
  try {
    uploaded = await bot.filesUploadV2({ channel_id: 'C0CSM', filename: 'chart.png', title: 'A chart', alt_text: 'a line that falls', file, initial_comment: 'see' });
  } catch (err) {
    if (err.data?.error === 'unknown_method') return skip(`${err.data.req_method} is an unknown_method: this server has no files yet`);
    throw err;
  }
  const { id } = uploaded.files[0].files[0];
  assert.match(id, /^F[A-Z0-9]{8,}$/);
  const { file: info } = await bot.files.info({ file: id });
  assert.deepEqual([info.name, info.title, info.size], ['chart.png', 'A chart', file.length]);
  const download = await fetch(info.url_private_download, { headers: { Authorization: `Bearer ${process.env.SLACK_BOT_TOKEN}` } });
  assert.deepEqual(Buffer.from(await download.arrayBuffer()), file);
  assert.ok((await ana.messages('csm')).some((m) => m.files?.some((f) => f.id === id)));
  return undefined;
});

await check('the local Slack had nothing to complain of', async () => {
  assert.deepEqual((await dump()).refusals, []);
});

finish();
