import { post } from './api.js';
import { h, uid } from './dom.js';

// Making things go wrong on purpose.

const KINDS = [
  ['429', 'Too many requests', 'HTTP 429 with Retry-After; nothing is done', 'method'],
  ['500_before', 'Server error, not done', 'HTTP 500 before anything happened', 'method'],
  ['500_after', 'Server error, done all the same', 'HTTP 500 although the call took effect', 'method'],
  ['lost_answer', 'Lost answer', 'Done, then the connection closes without a word', 'method'],
  ['malformed', 'Unreadable answer', 'Done, then an answer that is no JSON', 'method'],
  ['reset', 'Connection reset', 'Reset before anything happened', 'method'],
  ['hang', 'Hangs', 'No answer until the caller gives up; nothing is done', 'method'],
  ['error', 'Refusal', 'HTTP 200 with an error code of your choice', 'method'],
  ['drop_socket', 'Drop sockets', 'Connections end without a word', 'socket'],
  ['disconnect_warning', 'Warn, then refresh', 'The ten-second warning, then a refresh', 'socket'],
  ['disconnect_refresh', 'Refresh', 'refresh_requested, then the end', 'socket'],
  ['link_disabled', 'Switch Socket Mode off', 'Every connection is told so, and the next ones too', 'socket'],
  ['half_open', 'Half-open sockets', 'Connections stay, and nothing is sent, read or answered on them', 'socket'],
  ['too_many_websockets', 'Too many connections', 'The next connections are told so', 'socket'],
  ['repeat', 'Repeat envelopes', 'The next envelopes are delivered twice', 'socket'],
  ['late', 'Late envelopes', 'The next envelopes come when their deadline has passed', 'socket'],
  ['ignore_ack', 'Lost acknowledgements', 'The next acknowledgements are lost on their way', 'socket'],
  ['expired_trigger', 'Expired triggers', 'The next trigger_ids are expired when the app gets them', 'socket'],
  ['clear', 'All well again', 'Every fault that is still to come is forgotten', 'socket'],
];

export function faults(app, dump) {
  const methods = [...new Set((dump?.calls || []).map((c) => c.method))].sort();
  const ids = { kind: uid('f'), method: uid('f'), times: uid('f'), after: uid('f'), error: uid('f'), conn: uid('f'), list: uid('f') };
  const kind = h('select.field', { id: ids.kind, onchange: () => suit() }, ['method', 'socket'].map((of) =>
    h('optgroup', { label: of === 'method' ? 'Calls' : 'Sockets' }, KINDS.filter((k) => k[3] === of).map(([id, name]) => h('option', { value: id }, name)))));
  const about = h('p.hint', null);
  const method = h('input.field', { id: ids.method, list: ids.list, placeholder: 'any method', autocomplete: 'off' });
  const number = (id, value, max) => h('input.field.number', { id, type: 'number', min: 0, max, value });
  const [times, after, conn] = [number(ids.times, '1', 1000), number(ids.after, '1', 300), number(ids.conn, '0', 10)];
  const error = h('input.field', { id: ids.error, value: 'fatal_error', autocomplete: 'off' });
  const line = (id, label, field, hint) => h('div.fault-line', null, h('label.label', { htmlFor: id }, label), field, hint && h('p.hint', null, hint));
  const rows = {
    method: line(ids.method, 'Method', method), times: line(ids.times, 'How many times', times),
    after: line(ids.after, 'Retry after, seconds', after), error: line(ids.error, 'Error code', error),
    conn: line(ids.conn, 'Connection', conn, '1 is the oldest; 0 means all'),
  };
  const log = h('ul.fault-log', { 'aria-live': 'polite', 'aria-label': 'Asked for' });

  function suit() {
    const [id, , says, of] = KINDS.find((k) => k[0] === kind.value);
    about.textContent = says;
    rows.method.hidden = of !== 'method';
    rows.after.hidden = id !== '429';
    rows.error.hidden = id !== 'error';
    rows.conn.hidden = of !== 'socket' || ['too_many_websockets', 'expired_trigger', 'clear'].includes(id);
    rows.times.hidden = of === 'socket' && !['link_disabled', 'too_many_websockets', 'repeat', 'late', 'ignore_ack', 'expired_trigger'].includes(id);
  }

  async function ask(e) {
    e.preventDefault();
    const [id, name, , of] = KINDS.find((k) => k[0] === kind.value);
    const body = { kind: id, times: Number(times.value) || 1 };
    if (of === 'method' && method.value.trim()) body.method = method.value.trim();
    if (id === '429') body.retry_after = Number(after.value) || 1;
    if (id === 'error') body.error = error.value.trim();
    if (of === 'socket' && Number(conn.value)) body.connection = Number(conn.value);
    const answer = await post('fault', body);
    const says = answer.ok === false ? answer.error : `${name}${body.method ? ` on ${body.method}` : ''}${body.times > 1 ? `, ${body.times} times` : ''}: ${of === 'method' ? 'waits for the call' : 'asked'}`;
    log.prepend(h('li', { class: answer.ok === false ? 'bad' : '' }, says));
  }

  suit();
  return h('div.faults', null,
    h('p.quiet', null, 'What the app under test should survive. A fault concerns the next matching calls, then all is well again.'),
    h('form', { onsubmit: ask }, line(ids.kind, 'What goes wrong', kind), about, h('datalist', { id: ids.list }, methods.map((m) => h('option', { value: m }))),
      Object.values(rows), h('button.primary', { type: 'submit' }, 'Let it happen')), log);
}
