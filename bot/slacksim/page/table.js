import { h } from './dom.js';
import { element } from './elements.js';
import { richText } from './richtext.js';

// table and data_table: the first row names the columns. A wide table scrolls inside its own box, never the page.

export function table(block, env) {
  const [head = [], ...body] = block.rows || [];
  const settings = block.column_settings || [];
  const look = (i) => `to-${settings[i]?.align || 'left'}${settings[i]?.is_wrapped ? ' wrap' : ''}`;
  return frame('Table', h('table.grid', { 'aria-label': 'Table' },
    h('thead', null, h('tr', null, head.map((cell, i) => h('th', { scope: 'col', class: look(i) }, cellText(cell, env))))),
    h('tbody', null, body.map((row) => h('tr', null, row.map((cell, i) => h('td', { class: look(i) }, cellText(cell, env))))))));
}

const frame = (name, grid) => h('div.scroll-x.table-frame', { tabIndex: 0, role: 'region', 'aria-label': name }, grid);

function cellText(cell, env) {
  if (!cell) return '';
  if (cell.type === 'rich_text') return richText(cell.elements, env);
  return cell.text ?? String(cell.value ?? '');
}

// dataTable turns pages in the browser: the rows are all there.
export function dataTable(place, block) {
  const { env } = place;
  const shown = (cell) => (cell?.type === 'action_cell' ? element(place, block, cell.element) : cellText(cell, env));
  const [head = [], ...body] = block.rows || [];
  const size = Math.min(Math.max(block.page_size || 5, 1), 100);
  const named = block.row_header_column_index || 0;
  const numeric = (i) => body.length > 0 && body.every((row) => row[i]?.type === 'raw_number');
  const rows = h('tbody', null);
  const count = h('span.quiet', { 'aria-live': 'polite' });
  const pages = Math.max(1, Math.ceil(body.length / size));
  let page = 0;
  const back = h('button.small', { type: 'button', onclick: () => turn(-1) }, 'Previous');
  const next = h('button.small', { type: 'button', onclick: () => turn(1) }, 'Next');
  function turn(by) {
    page = Math.min(Math.max(page + by, 0), pages - 1);
    rows.replaceChildren(...body.slice(page * size, (page + 1) * size).map((row) => h('tr', null, row.map((cell, i) =>
      h(i === named ? 'th' : 'td', { scope: i === named ? 'row' : null, class: numeric(i) ? 'to-right' : '' }, shown(cell))))));
    back.disabled = page === 0;
    next.disabled = page === pages - 1;
    count.textContent = `Page ${page + 1} of ${pages}`;
  }
  turn(0);
  return h('figure.data-table', null, h('figcaption', null, block.caption || 'Table'),
    frame(block.caption || 'Table', h('table.grid', { 'aria-label': block.caption || 'Table' },
      h('thead', null, h('tr', null, head.map((cell, i) => h('th', { scope: 'col', class: numeric(i) ? 'to-right' : '' }, cellText(cell, env))))), rows)),
    pages > 1 && h('div.pager', null, back, count, next));
}
