// A Bolt app's modals: every input, and every way to answer a submission.
import assert from 'node:assert/strict';
import { start } from './app.mjs';
import { as, dump, until } from './person.mjs';
import { inModals, modal, small, suggestions } from './samples.mjs';
import { check, finish } from './tap.mjs';

const heard = { submitted: [], closed: [], dispatched: [] };
const errorsUnder = (errors) => ({ response_action: 'errors', errors });

const { app, errors } = await start((app) => {
  // The command's text says which modal to open.
  const views = {
    every: modal,
    small: small('Small'),
    noticed: small('Noticed', { notify_on_close: true, clear_on_close: true }),
    external: small('External', { external_id: 'one-of-a-kind' }),
    dispatching: small('Dispatching', { blocks: [{ type: 'input', block_id: 'now', dispatch_action: true, label: { type: 'plain_text', text: 'Now' }, element: { type: 'plain_text_input', action_id: 'now' } }] }),
    place: small('Place', { callback_id: 'place', blocks: [{ type: 'input', block_id: 'where', label: { type: 'plain_text', text: 'Where' }, element: { type: 'conversations_select', action_id: 'where', response_url_enabled: true } }] }),
  };
  app.command('/health', async ({ command, ack, client }) => {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: views[command.text] });
  });
  app.options({ type: 'block_suggestion' }, async ({ options, ack }) => ack(suggestions(options)));
  app.view('every', async ({ ack, view }) => { await ack(); heard.submitted.push(view); });

  // What is typed into the small modal says how its submission is answered.
  app.view('small', async ({ ack, view }) => {
    heard.submitted.push(view);
    const wish = view.state.values.wish?.wish.value;
    const answers = {
      errors: errorsUnder({ wish: 'Wish for something else.' }),
      'wrong errors': errorsUnder({ words: 'This block is no input.' }),
      update: { response_action: 'update', view: small('Updated') },
      push: { response_action: 'push', view: small('Pushed', { notify_on_close: true }) },
      clear: { response_action: 'clear' },
      'bad view': { response_action: 'update', view: small('A title of more than 24 characters') },
    };
    if (wish === 'throw') throw new Error('thrown in a submission');
    await ack(answers[wish]);
  });
  app.view({ callback_id: 'small', type: 'view_closed' }, async ({ ack, body }) => { await ack(); heard.closed.push(body); });
  app.view('place', async ({ ack, respond }) => { await ack(); await respond({ text: 'from a modal', response_type: 'in_channel' }); });
  app.action('now', async ({ ack, body, client }) => {
    await ack();
    heard.dispatched.push(body);
    if (body.actions[0].value === 'push') await client.views.push({ trigger_id: body.trigger_id, view: small('Pushed by call') });
  });
});

const ana = as('U0ANA');
const open = async (which, title) => { await ana.command({ channel: 'csm', text: `/health ${which}` }); return ana.modal(title); };
const wish = async (text) => {
  await ana.change({ view: 'top', block_id: 'wish', action_id: 'wish', value: text });
  return ana.submit({ view: 'top' });
};
const stack = async () => (await ana.modals()).map((v) => v.title.text);
const leave = async () => { while ((await ana.modals()).length) await ana.close({ view: 'top', all: true }); };

await check('a modal with every input is opened', () => open('every', 'Every input'));

await check('what is required is asked for before the app is', async () => {
  const { ack, errors } = await ana.submit({ view: 'top' });
  assert.equal(ack, 'unsent');
  assert.equal(Object.keys(errors).length, inModals.length);
});

for (const { element, give } of inModals) {
  await check(`filled: ${element.type}`, () => ana.change({ view: 'top', block_id: `b_${element.type}`, action_id: element.type, value: give }));
}

await check('it is submitted and closes', async () => {
  const { ack, errors } = await ana.submit({ view: 'top' });
  assert.deepEqual([ack, errors], ['ok', undefined]);
  assert.deepEqual(await stack(), []);
});

const values = heard.submitted[0]?.state.values ?? {};
for (const { element, state } of inModals) {
  await check(`view state: ${element.type}`, () => {
    const { type, ...held } = values[`b_${element.type}`][element.type];
    assert.equal(type, element.type);
    const bare = (v) => JSON.parse(JSON.stringify(v, (key, value) => (key === 'emoji' ? undefined : value)));
    assert.deepEqual(bare(held), bare(state));
  });
}

await check('private_metadata comes back', () => assert.equal(heard.submitted[0].private_metadata, '{"kept":true}'));

await check('errors, then update, then push, then clear', async () => {
  await open('small', 'Small');
  assert.deepEqual((await wish('errors')).errors, { wish: 'Wish for something else.' });
  assert.deepEqual((await ana.modal('Small')).errors, { wish: 'Wish for something else.' });
  await wish('update');
  assert.deepEqual(await stack(), ['Updated']);
  await wish('push');
  assert.deepEqual(await stack(), ['Updated', 'Pushed']);
  const pushed = await ana.modal('Pushed');
  assert.equal(pushed.previous_view_id, pushed.root_view_id);
  await wish('clear');
  assert.deepEqual(await stack(), []);
});

await check('a submission acknowledged with nothing uncovers the modal below', async () => {
  await open('small', 'Small');
  await wish('push');
  await wish('nothing');
  assert.deepEqual(await stack(), ['Small']);
  await leave();
});

await check('view_closed, for one and for the whole stack', async () => {
  await open('small', 'Small');
  await wish('push');
  await ana.close({ view: 'top' });
  assert.deepEqual(await stack(), ['Small']);
  assert.equal(heard.closed.at(-1).is_cleared, false);
  await leave();
  await open('noticed', 'Noticed');
  await ana.close({ view: 'top' });
  assert.equal(heard.closed.at(-1).is_cleared, true);
});

await check('three modals are a full stack', async () => {
  await open('small', 'Small');
  await wish('push');
  await wish('push');
  assert.equal((await wish('push')).ack, 'refused');
  assert.equal((await stack()).length, 3);
  await leave();
});

await check('errors under what is no input: trouble connecting', async () => {
  await open('small', 'Small');
  const { ack, notice } = await wish('wrong errors');
  assert.deepEqual([ack, notice], ['refused', 'We had some trouble connecting. Try again?']);
  await leave();
});

await check('a view that breaks a limit in an acknowledgement: trouble connecting', async () => {
  await open('small', 'Small');
  assert.equal((await wish('bad view')).ack, 'refused');
  assert.deepEqual(await stack(), ['Small']);
  await leave();
});

await check('a handler that throws: the modal stays, the words too', async () => {
  await open('small', 'Small');
  const { ack, notice } = await wish('throw');
  assert.deepEqual([ack, notice], ['timeout', 'We had some trouble connecting. Try again?']);
  assert.equal((await ana.modal('Small')).state.values.wish.wish.value, 'throw');
  assert.ok(errors.some((e) => e.message === 'thrown in a submission'));
  await leave();
});

await check('views.update by view_id keeps what was typed, by a stale hash changes nothing', async () => {
  const { id, hash } = await open('small', 'Small');
  await ana.change({ view: 'top', block_id: 'wish', action_id: 'wish', value: 'kept' });
  await app.client.views.update({ view_id: id, hash, view: small('Newer') });
  assert.equal((await ana.modal('Newer')).state.values.wish.wish.value, 'kept');
  await assert.rejects(app.client.views.update({ view_id: id, hash, view: small('Stale') }), (err) => err.data.error === 'hash_conflict');
  await leave();
});

await check('views.update by external_id', async () => {
  await open('external', 'External');
  await app.client.views.update({ external_id: 'one-of-a-kind', view: small('By name', { external_id: 'one-of-a-kind' }) });
  await ana.modal('By name');
  await leave();
});

await check('dispatch_action in a modal sends block_actions', async () => {
  await open('dispatching', 'Dispatching');
  await ana.change({ view: 'top', block_id: 'now', action_id: 'now', value: 'typed' });
  const { actions, view, container } = heard.dispatched[0];
  assert.equal(actions[0].value, 'typed');
  assert.deepEqual([container.type, container.view_id], ['view', view.id]);
  assert.equal(view.state.values.now.now.value, 'typed');
});

await check('views.push with the trigger of an action', async () => {
  await ana.change({ view: 'top', block_id: 'now', action_id: 'now', value: 'push' });
  await ana.modal('Pushed by call');
  assert.deepEqual(await stack(), ['Dispatching', 'Pushed by call']);
  await leave();
});

await check('a modal answers in a channel that was chosen in it', async () => {
  await open('place', 'Place');
  await ana.change({ view: 'top', block_id: 'where', action_id: 'where', value: 'C0CSM' });
  await ana.submit({ view: 'top' });
  await ana.sees('csm', (m) => m.text === 'from a modal');
});

await check('a trigger that was made up is refused', async () => {
  await assert.rejects(app.client.views.open({ trigger_id: '1.2.abc', view: small('Never') }), (err) => err.data.error === 'invalid_trigger_id');
});

await check('a view that breaks a limit is refused, with a pointer', async () => {
  await assert.rejects(app.client.views.open({ trigger_id: '1.2.abc', view: small('A title of more than 24 characters') }), ({ data }) => {
    assert.equal(data.error, 'invalid_arguments');
    return /json-pointer:\/view\/title/.test(data.response_metadata.messages.join());
  });
});

await check('the local Slack had nothing else to complain of', async () => {
  const expected = [/not acknowledged within/, /no input block "words"/, /view to update was refused/, /view to push was refused/];
  assert.deepEqual((await dump()).refusals.filter((r) => !expected.some((e) => e.test(r.text))), []);
  await until('the end of all calls', async () => (await dump()).calls.every((c) => c.answer || c.error));
});

finish();
