import { h, s } from './dom.js';

// data_visualization as SVG: line, bar, area and pie. Colour is never alone: lines have dashes and marks of their own,
// slices carry their numbers in the legend, and every chart can be read as a table.

const DASH = ['', '6 4', '2 3', '9 3 2 3', '12 4', '4 2'];
const HEIGHT = 220;
const PAD = { top: 14, right: 16, bottom: 26, left: 40 };

export function chart(block) {
  const spec = block.chart || {};
  const title = block.title || 'Chart';
  const canvas = h('div.chart-canvas', null);
  const table = dataTable(spec, title);
  let drawn = 0;
  const draw = (width) => {
    if (width < 80 || Math.abs(width - drawn) < 6) return;
    drawn = width;
    canvas.replaceChildren(spec.type === 'pie' ? pie(spec, title, width) : plot(spec, title, width));
  };
  // The text in a scaled drawing would shrink in a narrow pane: it is drawn again at the width it has.
  new ResizeObserver(([entry]) => draw(Math.round(entry.contentRect.width))).observe(canvas);
  return h('figure.chart', { data: { chart: spec.type } },
    h('figcaption', null, title), canvas, legend(spec),
    h('details.chart-data', null, h('summary', null, 'Show as table'), table));
}

const series = (spec) => (Array.isArray(spec.series) ? spec.series : []);
const valueAt = (one, category) => one.data?.find((p) => p.label === category)?.value;

function categories(spec) {
  const named = spec.axis_config?.categories;
  return named?.length ? named : (series(spec)[0]?.data || []).map((p) => p.label);
}

const short = (n) => new Intl.NumberFormat('en', { maximumFractionDigits: Math.abs(n) < 10 ? 2 : 1, notation: Math.abs(n) >= 1e5 ? 'compact' : 'standard' }).format(n);

// scale picks round steps; bars and areas are measured from zero, or their lengths would lie.
function scale(values, fromZero) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (fromZero || (low > 0 && low < high * 0.6)) { low = Math.min(low, 0); high = Math.max(high, 0); }
  if (low === high) { low -= low > 0 ? Math.min(1, low) : 1; high += 1; }
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) || rough;
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; from + i * step <= to + step / 1000; i++) ticks.push(Number((from + i * step).toPrecision(12)));
  return { from, to, ticks };
}

function plot(spec, title, width) {
  const cats = categories(spec);
  const all = series(spec).flatMap((one) => cats.map((c) => valueAt(one, c))).filter(Number.isFinite);
  if (!cats.length || !all.length) return h('p.quiet', null, 'This chart has no data.');
  const { from, to, ticks } = scale(all, spec.type !== 'line');
  const { x_label: xLabel, y_label: yLabel } = spec.axis_config || {};
  const left = Math.max(PAD.left, 14 + 7 * Math.max(...ticks.map((t) => short(t).length)));
  const box = { x: left, y: PAD.top + (yLabel ? 14 : 0), w: width - left - PAD.right, h: HEIGHT - PAD.top - PAD.bottom - (yLabel ? 14 : 0) - (xLabel ? 16 : 0) };
  const slot = box.w / (spec.type === 'bar' ? cats.length : Math.max(cats.length - 1, 1));
  const x = (i) => (spec.type === 'bar' ? box.x + slot * (i + 0.5) : cats.length === 1 ? box.x + box.w / 2 : box.x + slot * i);
  const y = (v) => box.y + box.h - ((v - from) / (to - from)) * box.h;
  const marks = { line: lines, area: areas, bar: bars }[spec.type] || lines;
  return s('svg', { class: 'chart-svg', viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'img', 'aria-label': summary(spec, title) },
    ticks.map((t) => [
      s('line', { class: t === 0 ? 'axis' : 'gridline', x1: box.x, x2: box.x + box.w, y1: y(t), y2: y(t) }),
      s('text', { class: 'tick', x: box.x - 8, y: y(t) + 4, 'text-anchor': 'end' }, short(t))]),
    xLabels(cats, x, box, slot),
    yLabel && s('text', { class: 'axis-label', x: 0, y: 11 }, yLabel),
    xLabel && s('text', { class: 'axis-label', x: box.x + box.w / 2, y: HEIGHT - 4, 'text-anchor': 'middle' }, xLabel),
    marks(spec, cats, x, y, slot, from, to),
    hovers(spec, cats, x, box, slot));
}

// xLabels leaves out what would overlap, and never the last one: it is the one people look for.
function xLabels(cats, x, box, slot) {
  const room = Math.max(...cats.map((c) => String(c).length)) * 6.4 + 10;
  const every = Math.max(1, Math.ceil(room / slot));
  const shown = (i) => (cats.length - 1 - i) % every === 0;
  return cats.map((c, i) => shown(i) && s('text', {
    class: 'tick', x: x(i), y: box.y + box.h + 18,
    'text-anchor': x(i) + room / 2 > box.x + box.w + PAD.right ? 'end' : x(i) - room / 2 < 0 ? 'start' : 'middle',
  }, c));
}

const points = (one, cats, x, y) => cats.map((c, i) => [x(i), y(valueAt(one, c))]).filter(([, b]) => Number.isFinite(b));
const path = (pts) => pts.map(([a, b], i) => `${i ? 'L' : 'M'}${a.toFixed(1)} ${b.toFixed(1)}`).join('');

function lines(spec, cats, x, y) {
  const list = series(spec);
  // The last number is written beside its point where nothing else is written already.
  const taken = [];
  const clear = ([, at]) => list.length <= 2 && taken.every((other) => Math.abs(other - at) > 15) && taken.push(at);
  return list.map((one, n) => {
    const pts = points(one, cats, x, y);
    const last = pts.at(-1);
    const value = valueAt(one, cats.at(-1));
    return s('g', { class: `series c${n % 6}` },
      s('path', { class: 'stroke', d: path(pts), 'stroke-dasharray': DASH[n % 6] }),
      pts.map((p) => mark(n, p)),
      last && clear(last) && s('text', { class: 'value', x: last[0], y: last[1] + (falls(pts) ? 18 : -9), 'text-anchor': 'end' }, short(value)));
  });
}

// A line that comes down from the left would run through a number above its end.
const falls = (pts) => pts.length > 1 && pts.at(-2)[1] < pts.at(-1)[1];

function mark(n, [a, b]) {
  if (n % 3 === 1) return s('rect', { class: 'mark', x: a - 3, y: b - 3, width: 6, height: 6 });
  if (n % 3 === 2) return s('path', { class: 'mark', d: `M${a} ${b - 4}l4 7h-8z` });
  return s('circle', { class: 'mark', cx: a, cy: b, r: 3 });
}

function areas(spec, cats, x, y, slot, from, to) {
  const ground = y(Math.max(from, Math.min(0, to)));
  return series(spec).map((one, n) => {
    const pts = points(one, cats, x, y);
    if (!pts.length) return null;
    return s('g', { class: `series c${n % 6}` },
      s('path', { class: 'fill soft', d: `${path(pts)}L${pts.at(-1)[0]} ${ground}L${pts[0][0]} ${ground}Z` }),
      s('path', { class: 'stroke', d: path(pts), 'stroke-dasharray': DASH[n % 6] }));
  });
}

function bars(spec, cats, x, y, slot, from, to) {
  const list = series(spec);
  const wide = Math.min(slot * 0.72, 46 * list.length);
  const each = wide / list.length;
  const zero = y(Math.max(from, Math.min(0, to)));
  return list.map((one, n) => s('g', { class: `series c${n % 6}` }, cats.map((c, i) => {
    const v = valueAt(one, c);
    if (!Number.isFinite(v)) return null;
    const left = x(i) - wide / 2 + each * n + 1;
    const tip = y(v);
    const label = list.length === 1 && slot > 26 && s('text', { class: 'value', x: x(i), y: v < 0 ? tip + 13 : tip - 5, 'text-anchor': 'middle' }, short(v));
    return [s('path', { class: 'fill', d: bar(left, Math.max(each - 2, 1), zero, tip) }), label];
  })));
}

function bar(left, wide, zero, tip) {
  const r = Math.min(3, wide / 2, Math.abs(tip - zero));
  const down = tip > zero ? -1 : 1;
  return `M${left} ${zero}V${tip + r * down}q0 ${-r * down} ${r} ${-r * down}H${left + wide - r}q${r} 0 ${r} ${r * down}V${zero}Z`;
}

function hovers(spec, cats, x, box, slot) {
  return cats.map((c, i) => s('rect', { class: 'hover', x: x(i) - slot / 2, y: box.y, width: slot, height: box.h },
    s('title', null, [c, ...series(spec).map((one) => `${one.name}: ${known(valueAt(one, c))}`)].join('\n'))));
}

const known = (v) => (Number.isFinite(v) ? short(v) : '–');
const share = (v, total) => `${Math.round((v / total) * 100)} %`;

function pie(spec, title, width) {
  const parts = (spec.segments || []).filter((p) => p.value > 0);
  const total = parts.reduce((sum, p) => sum + p.value, 0);
  if (!total) return h('p.quiet', null, 'This chart has no data.');
  const r = 84;
  const [cx, cy] = [Math.min(width / 2, 110), HEIGHT / 2 - 12];
  let turn = -Math.PI / 2;
  const slices = parts.map((p, n) => {
    const angle = (p.value / total) * Math.PI * 2;
    const [a, b] = [turn, turn + angle];
    turn = b;
    const at = (t, radius) => `${(cx + radius * Math.cos(t)).toFixed(2)} ${(cy + radius * Math.sin(t)).toFixed(2)}`;
    const big = angle > Math.PI ? 1 : 0;
    const d = parts.length === 1 ? `M${at(0, r)}A${r} ${r} 0 1 1 ${at(Math.PI, r)}A${r} ${r} 0 1 1 ${at(0, r)}Z`
      : `M${cx} ${cy}L${at(a, r)}A${r} ${r} 0 ${big} 1 ${at(b, r)}Z`;
    const middle = (a + b) / 2;
    const room = angle > 0.35;
    return s('g', { class: `series c${n % 6}` }, s('path', { class: 'fill slice', d }, s('title', null, `${p.label}: ${short(p.value)} (${share(p.value, total)})`)),
      room && s('text', { class: 'on-slice', x: cx + r * 0.64 * Math.cos(middle), y: cy + r * 0.64 * Math.sin(middle) + 4, 'text-anchor': 'middle' }, share(p.value, total)));
  });
  return s('svg', { class: 'chart-svg', viewBox: `0 0 ${width} ${HEIGHT - 24}`, width, height: HEIGHT - 24, role: 'img', 'aria-label': summary(spec, title) }, slices);
}

function legend(spec) {
  const names = spec.type === 'pie' ? (spec.segments || []).map((p) => `${p.label} · ${short(p.value)}`) : series(spec).map((one) => one.name);
  if (spec.type !== 'pie' && names.length < 2) return null;
  return h('ul.legend', null, names.map((name, n) => h('li', null,
    s('svg', { class: `key series c${n % 6}`, width: 22, height: 10, viewBox: '0 0 22 10', 'aria-hidden': 'true' },
      spec.type === 'line' ? [s('path', { class: 'stroke', d: 'M0 5H22', 'stroke-dasharray': DASH[n % 6] }), mark(n, [11, 5])]
        : s('rect', { class: 'fill', x: 6, y: 0, width: 10, height: 10, rx: 2 })), name)));
}

const rows = (spec) => (spec.type === 'pie' ? (spec.segments || []).map((p) => [p.label, p.value])
  : categories(spec).map((c) => [c, ...series(spec).map((one) => valueAt(one, c))]));

function summary(spec, title) {
  const heads = spec.type === 'pie' ? [''] : series(spec).map((one) => `${one.name} `);
  const body = rows(spec).map(([name, ...values]) => `${name}: ${values.map((v, i) => heads[i] + known(v)).join(', ')}`).join('; ');
  return `${title}, ${spec.type} chart. ${body}`;
}

function dataTable(spec, title) {
  const heads = spec.type === 'pie' ? ['', 'Value'] : ['', ...series(spec).map((one) => one.name)];
  return h('div.scroll-x', null, h('table.grid', { 'aria-label': `${title}, data` },
    h('thead', null, h('tr', null, heads.map((name, i) => h('th', { scope: 'col', class: i ? 'to-right' : '' }, name)))),
    h('tbody', null, rows(spec).map(([name, ...values]) => h('tr', null, h('th', { scope: 'row' }, name), values.map((v) => h('td.to-right', null, known(v))))))));
}
