// A Bolt app that hears everything except modals, which are in modals.mjs.
import assert from 'node:assert/strict';
import { start } from './app.mjs';
import { as, dump, post, until } from './person.mjs';
import { home, message, onMessages, small, suggestions } from './samples.mjs';
import { check, finish } from './tap.mjs';

const heard = { own: 0, homes: [], joined: [], actions: [], suggested: [], shortcuts: [] };

const { app, errors } = await start((app) => {
  app.event('app_mention', async ({ event, say, context }) => {
    assert.ok(event.text.includes(`<@${context.botUserId}>`));
    await say({ text: `You are <@${event.user}>`, thread_ts: event.ts });
  });
  app.message(/^order (\d+)$/, async ({ context, say }) => say(`ordered ${context.matches[1]}`));
  app.message('post everything', async ({ say }) => say(message));
  app.event('message', async ({ event }) => { if (event.bot_id) heard.own++; });
  app.event('app_home_opened', async ({ event, client }) => {
    heard.homes.push(event);
    await client.views.publish({ user_id: event.user, view: home, hash: event.view?.hash });
  });
  app.event('member_joined_channel', async ({ event }) => { heard.joined.push(event); });

  const answers = {
    nothing: undefined, words: 'just words', aloud: { text: 'for all', response_type: 'in_channel' },
    blocks: { text: 'with blocks', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'a *block*' } }] },
  };
  app.command('/health', async ({ command, ack, respond, client }) => {
    switch (command.text) {
      case 'throw': throw new Error('thrown before the ack');
      case 'later': await ack(); await respond('later'); return;
      case 'often': await ack(); for (let i = 1; i <= 6; i++) await respond(`answer ${i}`); return;
      case 'twice':
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: small('Once') });
        await client.views.open({ trigger_id: command.trigger_id, view: small('Twice') });
        return;
      default: await ack(answers[command.text]);
    }
  });

  app.action({ type: 'block_actions' }, async ({ ack, body }) => { await ack(); heard.actions.push(body); });
  app.action('press', async ({ body, respond }) => {
    const how = { replace: { replace_original: true, text: 'replaced' }, remove: { delete_original: true }, aloud: { response_type: 'in_channel', replace_original: false, text: 'aloud' }, softly: { replace_original: false, text: 'softly' } };
    await respond(how[body.actions[0].value]);
  });
  app.options({ type: 'block_suggestion' }, async ({ options, ack }) => {
    heard.suggested.push(options);
    await ack(suggestions(options));
  });
  app.shortcut('new_account', async ({ shortcut, ack, client }) => {
    await ack();
    heard.shortcuts.push(shortcut);
    await client.views.open({ trigger_id: shortcut.trigger_id, view: small('From a shortcut') });
  });
  app.shortcut('about_this', async ({ shortcut, ack, respond }) => {
    await ack();
    heard.shortcuts.push(shortcut);
    await respond(`about ${shortcut.message.ts}`);
  });
});

const ana = as('U0ANA');
const ben = as('U0BEN');
const said = (text) => Object.assign((m) => m.text === text, { toString: () => JSON.stringify(text) });

await check('auth.test is called before the socket opens', async () => {
  const called = (await dump()).calls.map((c) => c.method);
  assert.ok(called.includes('auth.test') && called.indexOf('auth.test') < called.indexOf('apps.connections.open'), called.join());
});

await check('app_mention, answered in a thread', async () => {
  const { ts } = await ana.say({ channel: 'csm', text: '@healthbot hello' });
  const reply = await ana.sees('csm', said('You are <@U0ANA>'));
  assert.equal(reply.thread_ts, ts);
});

await check('message in a channel, by pattern', async () => {
  await ben.say({ channel: 'csm', text: 'order 66' });
  await ben.sees('csm', said('ordered 66'));
});

await check('message.im, and only its reader sees the answer', async () => {
  await ana.say({ channel: 'healthbot', text: 'order 7' });
  await ana.sees('dm', said('ordered 7'));
  assert.equal((await ben.messages('dm')).length, 0);
});

await check("the app's own messages are sent and Bolt knows them for its own", async () => {
  const own = await until('an own message to be acknowledged', async () => (await dump()).envelopes.find((e) => e.payload.event?.text === 'ordered 7' && e.acks?.length));
  assert.ok(own.payload.event.bot_id);
  assert.equal(heard.own, 0, 'ignoreSelf let one through');
});

await check('app_home_opened, with the last view and a hash to publish over', async () => {
  await ana.home({});
  await until('the first Home', async () => (await ana.state()).home.view);
  assert.equal(heard.homes[0].view, undefined);
  const first = (await ana.state()).home.view.hash;
  await ana.home({});
  await until('the second Home', async () => (await ana.state()).home.view.hash !== first);
  assert.equal(heard.homes[1].view.hash, first);
  assert.equal(heard.homes[1].view.callback_id, 'home');
});

await check('a stale hash is a hash_conflict', async () => {
  const stale = { user_id: 'U0ANA', view: home, hash: heard.homes[1].view.hash };
  await assert.rejects(app.client.views.publish(stale), (err) => err.data.error === 'hash_conflict');
});

await check('a button on Home', async () => {
  await ana.click({ view: 'home', label: 'At home' });
  const { view, actions, container, message, user } = heard.actions.at(-1);
  assert.equal(actions[0].action_id, 'at_home');
  assert.equal(container.type, 'view');
  assert.equal(view.type, 'home');
  assert.equal(message, undefined);
  assert.equal(user.id, 'U0ANA');
});

await check('member_joined_channel, when the bot is invited', async () => {
  await ana.command({ channel: 'outside', text: '/invite @healthbot' });
  const { user, channel, inviter } = await until('the event', () => heard.joined[0]);
  assert.deepEqual([user, channel, inviter], ['U0BOT', 'C0OUT', 'U0ANA']);
  const { messages } = await app.client.conversations.history({ channel });
  assert.deepEqual([messages[0].subtype, messages[0].inviter], ['channel_join', 'U0ANA']);
});

await check('a command acknowledged with nothing', async () => {
  const before = (await ana.messages('csm')).length;
  assert.equal((await ana.command({ channel: 'csm', text: '/health nothing' })).ack, 'ok');
  assert.equal((await ana.messages('csm')).length, before);
});

await check('a command acknowledged with words, for one person', async () => {
  await ana.command({ channel: 'csm', text: '/health words' });
  assert.equal((await ana.sees('csm', said('just words'))).ephemeral, true);
  assert.ok(!(await ben.messages('csm')).some(said('just words')));
});

await check('a command acknowledged with blocks', async () => {
  await ana.command({ channel: 'csm', text: '/health blocks' });
  assert.equal((await ana.sees('csm', said('with blocks'))).blocks[0].text.text, 'a *block*');
});

await check('a command acknowledged aloud', async () => {
  await ana.command({ channel: 'csm', text: '/health aloud' });
  assert.ok(!(await ben.sees('csm', said('for all'))).ephemeral);
});

await check('a command answered later', async () => {
  await ana.command({ channel: 'csm', text: '/health later' });
  await ana.sees('csm', said('later'));
});

await check('a response URL serves five times', async () => {
  await ana.command({ channel: 'csm', text: '/health often' });
  await ana.sees('csm', said('answer 5'));
  const err = await until('the sixth to be refused', () => errors.find((e) => e.code === 'slack_bolt_respond_error'));
  assert.equal(err.statusCode ?? 404, 404);
  assert.ok(!(await ana.messages('csm')).some(said('answer 6')));
});

await check('a trigger opens one modal', async () => {
  await ana.command({ channel: 'csm', text: '/health twice' });
  await until('the second to be refused', () => errors.find((e) => e.data?.error === 'exchanged_trigger_id'));
  assert.equal((await ana.modals()).length, 1);
  await ana.close({ view: 'top' });
});

await check('a handler that throws before the ack: the person is told', async () => {
  const answer = await ana.command({ channel: 'csm', text: '/health throw' });
  assert.deepEqual([answer.ack, answer.notice], ['timeout', '/health failed because the app did not respond.']);
  assert.ok(errors.some((e) => e.message === 'thrown before the ack'));
});

await ana.say({ channel: 'csm', text: 'post everything' });
const everything = await ana.sees('csm', said(message.text));
for (const { element, give, state } of onMessages) {
  await check(`block_actions: ${element.type}`, async () => {
    const answer = await ana.click({ channel: 'csm', ts: everything.ts, block_id: `b_${element.type}`, action_id: element.type, value: give });
    assert.equal(answer.ack, 'ok', answer.notice);
    const body = heard.actions.at(-1);
    const { type, action_id, block_id, action_ts, text, ...held } = body.actions[0];
    assert.deepEqual([type, action_id, block_id], [element.type, element.type, `b_${element.type}`]);
    assert.match(action_ts, /^\d+\.\d{6}$/);
    for (const [key, value] of Object.entries(state)) alike(key === 'text' ? text : held[key], value);
    assert.equal(body.message.ts, everything.ts);
    assert.deepEqual([body.container.message_ts, body.channel.id], [everything.ts, 'C0CSM']);
    if (element.type !== 'button' && element.type !== 'overflow') {
      for (const [key, value] of Object.entries(state)) alike(body.state.values[block_id][action_id][key], value);
    }
  });
}

// alike forgives emoji:true, which Slack adds to plain text.
function alike(got, want) {
  const bare = (v) => JSON.parse(JSON.stringify(v, (key, value) => (key === 'emoji' ? undefined : value)));
  assert.deepEqual(bare(got), bare(want));
}

await check('block_suggestion: options and groups of them', async () => {
  const at = { channel: 'csm', ts: everything.ts };
  const { options } = await ana.suggest({ ...at, block_id: 'b_external_select', action_id: 'external_select', query: 'found' });
  assert.deepEqual(options.map((o) => o.value), ['one', 'two']);
  await ana.suggest({ ...at, block_id: 'b_multi_external_select', action_id: 'multi_external_select', query: 'more' });
  assert.equal(heard.suggested.at(-1).value, 'more');
});

const button = async (value) => {
  const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'press', text: { type: 'plain_text', text: 'Go' }, value }] }];
  const { ts } = await app.client.chat.postMessage({ channel: 'C0CSM', text: `a button to ${value}`, blocks });
  await ana.click({ channel: 'csm', ts, label: 'Go' });
  return ts;
};

await check('respond: replace_original', async () => {
  const ts = await button('replace');
  const now = await ana.sees('csm', said('replaced'));
  assert.equal(now.ts, ts);
  assert.equal(now.blocks, undefined);
});

await check('respond: delete_original', async () => {
  const ts = await button('remove');
  await until('it to be gone', async () => !(await ana.messages('csm')).some((m) => m.ts === ts));
});

await check('respond: in_channel', async () => {
  await button('aloud');
  await ben.sees('csm', said('aloud'));
});

await check('respond: for one person', async () => {
  await button('softly');
  assert.equal((await ana.sees('csm', said('softly'))).ephemeral, true);
});

await check('a global shortcut opens a modal', async () => {
  await ana.shortcut({ callback_id: 'new_account' });
  await ana.modal('From a shortcut');
  assert.equal(heard.shortcuts.at(-1).type, 'shortcut');
  await ana.close({ view: 'top' });
});

await check('a message shortcut answers by its URL', async () => {
  await ana.shortcut({ callback_id: 'about_this', channel: 'csm', ts: everything.ts });
  await ana.sees('csm', said(`about ${everything.ts}`));
  assert.equal(heard.shortcuts.at(-1).type, 'message_action');
});

await check('no thread takes a command', async () => {
  const answer = await post('command', { as: 'U0ANA', channel: 'csm', text: '/health nothing', thread_ts: everything.ts });
  assert.match(answer.error, /not supported in threads/);
});

await check('an app that has stopped: the person is told', async () => {
  await app.stop();
  await until('the socket to be gone', async () => (await dump()).connections === 0);
  const answer = await ana.command({ channel: 'csm', text: '/health nothing' });
  assert.equal(answer.notice, '/health failed with the error "dispatch_failed".');
});

await check('the local Slack had nothing else to complain of', async () => {
  const expected = [/not acknowledged within/, /no Socket Mode connection/, /not supported in threads/];
  const others = (await dump()).refusals.filter((r) => !expected.some((e) => e.test(r.text)));
  assert.deepEqual(others, []);
});

finish();
