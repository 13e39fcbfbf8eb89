// What the app under test shows: every element that a message, a Home or a
// modal can hold. types.mjs asks the compiler about all of it.
const plain = (text) => ({ type: 'plain_text', text });
const option = (name) => ({ text: plain(name), value: name.toLowerCase() });
const options = ['One', 'Two', 'Three'].map(option);

// menus are the elements that messages and modals share, with what a person
// gives each and what view state holds then.
const menus = [
  { element: { type: 'static_select', options }, give: 'two', state: { selected_option: options[1] } },
  { element: { type: 'multi_static_select', option_groups: [{ label: plain('Numbers'), options }] }, give: ['one', 'three'], state: { selected_options: [options[0], options[2]] } },
  { element: { type: 'external_select', min_query_length: 1 }, give: 'found one', state: { selected_option: { text: plain('found one'), value: 'one' } } },
  { element: { type: 'multi_external_select', min_query_length: 1 }, give: 'found one', state: { selected_options: [{ text: plain('found one'), value: 'one' }] } },
  { element: { type: 'users_select' }, give: 'U0BEN', state: { selected_user: 'U0BEN' } },
  { element: { type: 'multi_users_select' }, give: ['U0BEN', 'U0ANA'], state: { selected_users: ['U0BEN', 'U0ANA'] } },
  { element: { type: 'channels_select' }, give: 'C0CSM', state: { selected_channel: 'C0CSM' } },
  { element: { type: 'multi_channels_select' }, give: ['C0CSM'], state: { selected_channels: ['C0CSM'] } },
  { element: { type: 'conversations_select' }, give: 'C0CSM', state: { selected_conversation: 'C0CSM' } },
  { element: { type: 'multi_conversations_select' }, give: ['C0CSM'], state: { selected_conversations: ['C0CSM'] } },
  { element: { type: 'datepicker' }, give: '2026-03-31', state: { selected_date: '2026-03-31' } },
  { element: { type: 'timepicker' }, give: '09:30', state: { selected_time: '09:30' } },
  { element: { type: 'datetimepicker' }, give: '1775000000', state: { selected_date_time: 1775000000 } },
  { element: { type: 'radio_buttons', options }, give: 'three', state: { selected_option: options[2] } },
  { element: { type: 'checkboxes', options }, give: ['one', 'two'], state: { selected_options: [options[0], options[1]] } },
];

const rich = (text) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] });

export const onMessages = [
  { element: { type: 'button', text: plain('Press'), value: 'v1', style: 'primary' }, state: { value: 'v1', text: { ...plain('Press'), emoji: true }, style: 'primary' } },
  { element: { type: 'overflow', options }, give: 'two', state: { selected_option: options[1] } },
  ...menus,
];

export const inModals = [
  { element: { type: 'plain_text_input', multiline: true }, give: 'two\nlines', state: { value: 'two\nlines' } },
  { element: { type: 'number_input', is_decimal_allowed: true }, give: '4.5', state: { value: '4.5' } },
  { element: { type: 'email_text_input' }, give: 'ana@example.com', state: { value: 'ana@example.com' } },
  { element: { type: 'url_text_input' }, give: 'https://example.com', state: { value: 'https://example.com' } },
  { element: { type: 'rich_text_input' }, give: 'rich', state: { rich_text_value: rich('rich') } },
  ...menus,
];

const named = ({ element }) => ({ action_id: element.type, ...element });

export const message = {
  text: 'Every element',
  blocks: [
    { type: 'header', text: plain('Every element') },
    { type: 'section', text: { type: 'mrkdwn', text: '*bold* and <@U0ANA>' }, fields: [plain('a field')], accessory: { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a picture' } },
    { type: 'divider' },
    { type: 'context', elements: [{ type: 'mrkdwn', text: 'context' }] },
    { type: 'image', image_url: 'https://example.com/b.png', alt_text: 'another picture', title: plain('Title') },
    { type: 'markdown', text: '**bold**' },
    rich('rich'),
    { type: 'table', rows: [[{ type: 'raw_text', text: 'a' }, { type: 'raw_text', text: 'b' }]], column_settings: [{ align: 'right' }] },
    ...onMessages.map((one) => ({ type: 'actions', block_id: `b_${one.element.type}`, elements: [named(one)] })),
  ],
};

export const home = { type: 'home', callback_id: 'home', blocks: [{ type: 'section', text: plain('Home') }, { type: 'actions', block_id: 'b_home', elements: [{ type: 'button', action_id: 'at_home', text: plain('At home') }] }] };

export const modal = {
  type: 'modal', callback_id: 'every', title: plain('Every input'), submit: plain('Save'), close: plain('Cancel'),
  private_metadata: '{"kept":true}', notify_on_close: true,
  blocks: [
    { type: 'alert', text: plain('Mind the gap'), level: 'info' },
    ...inModals.map((one) => ({ type: 'input', block_id: `b_${one.element.type}`, label: plain(`Your ${one.element.type}`), element: named(one) })),
  ],
};

// small is a modal with one input, to be submitted in every way.
export const small = (title, more = {}) => ({
  type: 'modal', callback_id: 'small', title: plain(title), submit: plain('Save'),
  blocks: [{ type: 'section', block_id: 'words', text: plain('Some words') }, { type: 'input', block_id: 'wish', label: plain('Your wish'), element: { type: 'plain_text_input', action_id: 'wish' } }],
  ...more,
});

// suggestions are what external menus are answered with.
export function suggestions({ action_id }) {
  const found = ['one', 'two'].map((value) => ({ text: plain(`found ${value}`), value }));
  return action_id.startsWith('multi') ? { option_groups: [{ label: plain('A group'), options: found }] } : { options: found };
}
