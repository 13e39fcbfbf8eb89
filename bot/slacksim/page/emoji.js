import { h } from './dom.js';
import { icon } from './icons.js';

// The short codes that work messages use. Others stay as they were written, which is what Slack does with unknown ones.
const CODES = {
  smile: '😄', slightly_smiling_face: '🙂', wink: '😉', thinking_face: '🤔', neutral_face: '😐', worried: '😟',
  disappointed: '😞', sweat_smile: '😅', joy: '😂', heart: '❤️', tada: '🎉', wave: '👋', clap: '👏', pray: '🙏',
  muscle: '💪', eyes: '👀', raised_hands: '🙌', '+1': '👍', thumbsup: '👍', '-1': '👎', thumbsdown: '👎',
  point_right: '👉', point_down: '👇', white_check_mark: '✅', heavy_check_mark: '✔️', ballot_box_with_check: '☑️',
  x: '❌', heavy_plus_sign: '➕', heavy_minus_sign: '➖', warning: '⚠️', rotating_light: '🚨', no_entry: '⛔',
  no_entry_sign: '🚫', octagonal_sign: '🛑', question: '❓', grey_question: '❔', exclamation: '❗', bangbang: '‼️',
  information_source: 'ℹ️', bulb: '💡', fire: '🔥', star: '⭐', sparkles: '✨', rocket: '🚀', zap: '⚡', seedling: '🌱',
  bell: '🔔', no_bell: '🔕', zzz: '💤', lock: '🔒', unlock: '🔓', key: '🔑', link: '🔗', paperclip: '📎', pushpin: '📌',
  round_pushpin: '📍', memo: '📝', clipboard: '📋', page_facing_up: '📄', file_folder: '📁', inbox_tray: '📥',
  outbox_tray: '📤', package: '📦', calendar: '📅', spiral_calendar_pad: '🗓️', alarm_clock: '⏰', clock3: '🕒',
  hourglass_flowing_sand: '⏳', stopwatch: '⏱️', chart_with_upwards_trend: '📈', chart_with_downwards_trend: '📉',
  bar_chart: '📊', mag: '🔍', wrench: '🔧', gear: '⚙️', hammer_and_wrench: '🛠️', arrows_counterclockwise: '🔄',
  arrow_up: '⬆️', arrow_down: '⬇️', arrow_right: '➡️', arrow_upper_right: '↗️', arrow_lower_right: '↘️',
  small_red_triangle: '🔺', small_red_triangle_down: '🔻', moneybag: '💰', credit_card: '💳', handshake: '🤝',
  speech_balloon: '💬', telephone_receiver: '📞', email: '📧', bust_in_silhouette: '👤', busts_in_silhouette: '👥',
  ambulance: '🚑', shield: '🛡️', snowflake: '❄️', ghost: '👻', robot_face: '🤖', gem: '💎', trophy: '🏆', dart: '🎯',
};

// Status marks are drawn, not typed: they carry meaning here, and half of all machines draw them as empty boxes.
const DRAWN = new Set([
  'red_circle', 'large_orange_circle', 'large_yellow_circle', 'large_green_circle', 'large_blue_circle',
  'large_purple_circle', 'white_circle', 'black_circle', 'large_red_square', 'large_orange_square',
  'large_yellow_square', 'large_green_square', 'large_blue_square', 'large_purple_square', 'white_large_square',
  'black_large_square',
]);

const SIGNS = {
  white_check_mark: ['check', 'good'], heavy_check_mark: ['check', 'good'], x: ['close', 'bad'], warning: ['warning', 'warn'],
  information_source: ['info', 'note'], lock: ['lock', 'note'],
  raised_hand: ['hand', 'warn'], small_red_triangle: ['triangle', 'bad full'], no_entry: ['noentry', 'bad'],
  thumbsup: ['thumbup', 'note'], '+1': ['thumbup', 'note'], thumbsdown: ['thumbdown', 'note'], '-1': ['thumbdown', 'note'],
  eyes: ['eye', 'note'], heart: ['heart', 'bad full'], question: ['help', 'note'], raised_hands: ['hand', 'warn'], telephone_receiver: ['phone', 'note'],
  large_orange_diamond: ['diamond', 'warn full'], zzz: ['sleep', 'note'], pushpin: ['pin', 'note'], hourglass_flowing_sand: ['clock', 'note'],
};

const DOTS = {
  '✅': 'white_check_mark', '❌': 'x', '⚠️': 'warning', '⚠': 'warning', 'ℹ️': 'information_source', '🔒': 'lock', '⏳': 'hourglass_flowing_sand',
  '✋': 'raised_hand', '🔺': 'small_red_triangle', '⛔': 'no_entry', '🔶': 'large_orange_diamond', '💤': 'zzz', '📌': 'pushpin',
  '🔴': 'red_circle', '🟠': 'large_orange_circle', '🟡': 'large_yellow_circle', '🟢': 'large_green_circle',
  '🔵': 'large_blue_circle', '🟣': 'large_purple_circle', '⚪': 'white_circle', '⚫': 'black_circle',
};

export const knownEmoji = (code) => code in CODES || DRAWN.has(code);

export function emoji(code) {
  if (DRAWN.has(code)) {
    const colour = /red|orange|yellow|green|blue|purple|white|black/.exec(code)[0];
    return h(`span.dot.dot-${colour}`, {
      role: 'img', title: `:${code}:`, 'aria-label': code.replace(/^large_|_large/, '').replaceAll('_', ' '),
      class: code.endsWith('square') ? 'dot-square' : '',
    });
  }
  if (SIGNS[code]) {
    const [mark, tone] = SIGNS[code];
    return h('span.sign', { role: 'img', title: `:${code}:`, 'aria-label': code.replaceAll('_', ' '), class: tone.split(' ').map((t) => `sign-${t}`).join(' ') }, icon(mark, 16));
  }
  return h('span.emoji', { role: 'img', title: `:${code}:`, 'aria-label': code.replaceAll('_', ' ') }, CODES[code]);
}

const TOKEN = /:([a-z0-9_+'-]+):(?::skin-tone-\d:)?|[🔴🟠🟡🟢🔵🟣⚪⚫✅❌⚠ℹ🔒⏳✋🔺⛔🔶💤📌]\uFE0F?/gu;

// withEmoji splits plain text into text and emoji; codes nobody knows stay as they are.
export function withEmoji(text, { codes = true } = {}) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    const code = found[1] === undefined ? DOTS[found[0]] || DOTS[found[0][0]] : codes && knownEmoji(found[1]) ? found[1] : '';
    if (!code) continue;
    out.push(text.slice(from, found.index), emoji(code));
    from = found.index + found[0].length;
  }
  out.push(text.slice(from));
  return out;
}
