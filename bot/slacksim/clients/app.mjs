// A Bolt app before the local Slack, as its documentation starts one.
import bolt from '@slack/bolt';
import { record } from './tap.mjs';

const { App, LogLevel, SocketModeReceiver } = bolt;
const clientOptions = { slackApiUrl: process.env.SLACK_API_URL };

export async function start(listen, pings) {
  const own = { token: process.env.SLACK_BOT_TOKEN, clientOptions, logLevel: LogLevel.ERROR };
  const socket = { appToken: process.env.SLACK_APP_TOKEN, logLevel: LogLevel.ERROR };
  // Bolt waits as long before it reconnects as it waits for a pong.
  const app = pings
    ? new App({ ...own, receiver: new SocketModeReceiver({ ...socket, clientPingTimeout: pings, installerOptions: { clientOptions } }) })
    : new App({ ...own, ...socket, socketMode: true });
  app.receiver.client.on('slack_event', ({ type, body }) => keep(type, body));
  const errors = [];
  app.error(async (err) => { errors.push(err.original ?? err); });
  listen(app);
  await app.start();
  return { app, errors };
}

// keep hands a payload to record under the name of the type that Bolt has for it.
function keep(type, body) {
  if (type === 'slash_commands') record('SlashCommand', '', body);
  if (type === 'events_api') {
    record('EnvelopedEvent', `${body.event.type} ${body.event.subtype ?? ''}`, body);
    record('Event', `${body.event.type} ${body.event.subtype ?? ''} ${body.event.bot_id ? 'own' : ''}`, body.event);
  }
  if (type !== 'interactive') return;
  const where = body.container?.type ?? '';
  const interaction = {
    block_actions: ['BlockAction', `${where} ${body.actions?.[0].type}`], view_submission: ['ViewSubmitAction', body.view?.callback_id],
    view_closed: ['ViewClosedAction', ''], block_suggestion: ['BlockSuggestion', where],
    shortcut: ['GlobalShortcut', ''], message_action: ['MessageShortcut', ''],
  }[body.type];
  record(...interaction, body);
}
