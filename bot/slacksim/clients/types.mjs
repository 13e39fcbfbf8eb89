// Asks the TypeScript compiler whether the types that Slack's own developers
// wrote describe what goes back and forth here: what the app sends must fit
// them with nothing besides; what the local Slack sends must have what they
// promise, and its answers no key that they don't know.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as samples from './samples.mjs';
import { check, finish, skip } from './tap.mjs';

// What Slack has and the types have not. It is left out of what is compiled,
// and a version of the types that has it fails here, so that it comes in.
const lacking = {
  blocks: ['data_visualization', 'layout', 'auth_provider'],
  actions: ['datetimepicker', 'email_text_input', 'number_input', 'url_text_input'],
  listFields: ['offset'], // docs.slack.dev/reference/block-kit/block-elements/rich-text-list-element
};

// Answers' types were made from recordings, each of one call: what one method
// was not seen to answer, its neighbours were.
const seenElsewhere = {
  is_frozen: 'AdminConversationsSearchResponse', is_stranger: 'UsersInfoResponse', client_msg_id: 'ConversationsHistoryResponse',
};

const dir = mkdtempSync(join(tmpdir(), 'types-'));
symlinkSync(resolve('node_modules'), join(dir, 'node_modules'), 'dir');

const files = new Map(); // name of the check → its source
function source(name, text) {
  files.set(name, `${files.size}.ts`);
  writeFileSync(join(dir, files.get(name)), text);
}

const json = (value, change = (_, v) => v) => JSON.stringify(value, change, 2);

// sent is what the app gives to Slack: not a field more than the type has.
function sent(name, payload) {
  const blocks = payload.blocks.filter((b) => !lacking.blocks.includes(b.type));
  const [types, type] = payload.type ? ['View', 'View'] : ['KnownBlock', '{ text: string; blocks: KnownBlock[] }'];
  const value = json({ ...payload, blocks }, (_, v) => (v?.type === 'rich_text_list' ? Object.fromEntries(Object.entries(v).filter(([k]) => !lacking.listFields.includes(k))) : v));
  source(name, `import type { ${types} } from '@slack/types';\nexport const sent: ${type} = ${value};\n`);
}

// received is what Slack gives to the app. It may say more than the type, and
// null where the type has a key that may be absent.
function received(name, from, type, value, shape = type) {
  const nullable = ['enterprise', 'context_enterprise_id'];
  const text = json(value, (k, v) => (v === null && nullable.includes(k) ? undefined : v));
  source(name, `import type { ${type} } from '${from}';\nconst received = <T extends ${shape}>(value: T) => value;\nexport default received(${text});\n`);
}

// answered is what a method answers: no key that the type doesn't know. Blocks
// have better types than these; the enums, made from what was seen, count as
// strings; and no null was kept.
function answered(name, method, value) {
  const type = `${method.split('.').map((word) => word[0].toUpperCase() + word.slice(1)).join('')}Response`;
  const text = json(value, (k, v) => (v === null || k === 'blocks' || k in seenElsewhere ? undefined : v));
  source(name, `import type { ${type} } from '@slack/web-api';
type Loose<T> = T extends string ? string : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
export const answered: Loose<${type}> = ${text};
`);
}

const events = {
  app_mention: 'AppMentionEvent', app_home_opened: 'AppHomeOpenedEvent', member_joined_channel: 'MemberJoinedChannelEvent',
  message: 'GenericMessageEvent', 'message channel_join': 'ChannelJoinMessageEvent',
  'message message_changed': 'MessageChangedEvent', 'message message_deleted': 'MessageDeletedEvent',
};
// The type of an ordinary message demands a subtype that is undefined, the one
// inside of a change demands the channel that its outside has, and an action in
// a view has no message to respond to.
const exceptions = {
  BlockAction: "Omit<BlockAction, 'response_url'>",
  GenericMessageEvent: "Omit<GenericMessageEvent, 'subtype'>",
  MessageChangedEvent: "Omit<MessageChangedEvent, 'message' | 'previous_message'>",
  MessageDeletedEvent: "Omit<MessageDeletedEvent, 'previous_message'>",
};

function recorded({ type, kind, value }) {
  const name = `${type} ${kind}`.trim();
  const element = value.actions?.[0].type;
  if (type === 'Answer') answered(`answered: ${kind}`, kind, value);
  else if (type === 'Event') {
    const event = events[kind.replace('own', '').trim()];
    received(`received: ${name}`, '@slack/types', event, value, exceptions[event]);
  } else if (lacking.actions.includes(element)) {
    received(`received: ${name}`, '@slack/bolt', 'BlockAction, BasicElementAction', value, 'BlockAction<BasicElementAction>');
  } else received(`received: ${name}`, '@slack/bolt', type, value, type === 'BlockAction' && value.view ? exceptions.BlockAction : type);
}

// unknown fails as soon as the types know what they lack.
function unknown(what, from, type, line) {
  source(`the types know nothing of ${what}`, `import type { ${type} } from '${from}';\n// @ts-expect-error\n${line};\n`);
}
for (const block of lacking.blocks) unknown(`block ${block}`, '@slack/types', 'KnownBlock', `export const kind: KnownBlock['type'] = '${block}'`);
for (const action of lacking.actions) unknown(`action ${action}`, '@slack/bolt', 'BlockElementAction', `export const kind: BlockElementAction['type'] = '${action}'`);
for (const field of lacking.listFields) unknown(`${field} of a list`, '@slack/types', 'RichTextList', `export const key: keyof RichTextList = '${field}'`);
for (const [key, type] of Object.entries(seenElsewhere)) {
  source(`${key} is seen in ${type}`, `import type { ${type} } from '@slack/web-api';
type Keys<T> = T extends (infer U)[] ? Keys<U> : T extends object ? keyof T | { [K in keyof T]: Keys<NonNullable<T[K]>> }[keyof T] : never;
export const key: Keys<${type}> = '${key}';
`);
}

for (const file of readdirSync(process.env.GOLDENS).filter((f) => f.endsWith('.json'))) {
  sent(`sent: ${file}`, JSON.parse(readFileSync(join(process.env.GOLDENS, file))));
}
for (const name of ['message', 'home', 'modal']) sent(`sent: the sample ${name}`, samples[name]);
const records = existsSync(process.env.RECORD) ? readdirSync(process.env.RECORD) : [];
for (const file of records) recorded(JSON.parse(readFileSync(join(process.env.RECORD, file))));

const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--module', 'nodenext', '--types', '', '--pretty', 'false'];
const tsc = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...options, ...files.values()], { cwd: dir, encoding: 'utf8' });
rmSync(dir, { recursive: true });

const complaints = tsc.stdout.split(/\n(?=\S)/).filter(Boolean);
await check('the compiler ran', () => {
  const strange = complaints.filter((line) => !/^\d+\.ts\(/.test(line));
  if (tsc.error || strange.length || (tsc.status === 0) !== (complaints.length === 0)) throw `${tsc.error ?? ''} ${strange.join('\n')} ${tsc.stderr}`;
});
for (const [name, file] of files) {
  await check(name, () => {
    const own = complaints.filter((line) => line.startsWith(`${file}(`));
    if (own.length) throw own.join('\n');
  });
}
await check('the other scripts recorded what the local Slack sends', () => (records.length ? undefined : skip('nothing is recorded; run all scripts')));

finish();
