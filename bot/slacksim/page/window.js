import { h, patch } from './dom.js';

// A list of which only what is near the eye is in the page, once it is long. Rows out of sight are blanks of their
// height, measured or guessed; whatever turns out otherwise is made up for, so that what one reads never moves. Short
// lists are in the page as a whole, where the browser's own search and a screen reader find everything.

const WHOLE = 150;   // rows up to here are all in the page
const BEYOND = 1100; // pixels that are drawn above and below what is in sight
const LEFT = 500;    // how many of these have to be left, or more is drawn
const KEPT = 240;    // elements of rows that were in sight and may be again

export class Window {
  #rows = [];
  #index = new Map();
  #tops = new Float64Array(1);
  #stale = true;
  #drawn = new Map(); // rows in the page, by key
  #kept = new Map();
  #means = new Map();
  #first = 0;
  #stretch = 1; // of guesses, by now
  #range = [0, 0];
  #hold = null; // the first row in sight, and where it stands

  constructor(pane, list) {
    Object.assign(this, { pane, list });
    this.sizes = new ResizeObserver((entries) => this.#measure(entries));
    pane.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    // The browser would glide to where the end is guessed to be.
    pane.addEventListener('keydown', (e) => {
      const go = this.long && e.target === pane && !e.altKey && !e.shiftKey && { Home: () => this.start(), End: () => this.end() }[e.key];
      if (go) { e.preventDefault(); go(); }
    });
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (width && Math.abs(width - entry.contentRect.width) > 1) this.#forget();
      width = entry.contentRect.width;
    }).observe(list);
  }

  get long() { return this.#rows.length > WHOLE; }

  // show takes the rows ({key, kind, pos?}), oldest first. The same object for the same row keeps what is known of it.
  show(rows, of) {
    this.#keepSight();
    const was = this.long;
    this.#rows = rows;
    this.of = of;
    this.#index = new Map(rows.map((row, i) => [row.key, i]));
    this.#stale = true;
    this.list.classList.toggle('windowed', this.long);
    if (was && !this.long) { this.sizes.disconnect(); this.#kept.clear(); }
    this.#draw(this.#heldTop());
    if (this.long) this.#restore(true);
  }

  // end shows the newest.
  end() {
    this.pane.low = true;
    if (this.long) this.#draw(this.#total() - this.pane.clientHeight);
    this.pane.scrollTop = this.pane.scrollHeight;
    this.#keepSight();
  }

  // start shows the oldest.
  start() {
    this.pane.low = false;
    if (this.long) this.#draw(0);
    this.pane.scrollTop = 0;
    this.#keepSight();
  }

  // reveal brings a row to a distance from the upper edge; it answers its element.
  reveal(key, distance = 80) {
    const i = this.#index.get(key);
    if (i === undefined) return null;
    this.pane.low = false;
    if (this.long) this.#draw(this.#offsets()[i] - distance);
    const el = this.#elementOf(key);
    if (!el) return null;
    this.pane.scrollTop = el.offsetTop - distance;
    this.#keepSight();
    return el;
  }

  #elementOf(key) { return [...this.list.children].find((el) => el.patchKey === key); }

  // keepSight notes the first row in sight. It is looked up in the page, which is right whatever was guessed.
  #keepSight() {
    const { scrollTop } = this.pane;
    for (const el of this.list.children) {
      if (el.patchBlank || el.offsetTop + el.offsetHeight <= scrollTop) continue;
      this.#hold = { key: el.patchKey, distance: el.offsetTop - scrollTop };
      return;
    }
    this.#hold = null;
  }

  // heldTop is where the pane will have to stand, as far as can be said before drawing.
  #heldTop() {
    const i = this.#hold && this.#index.get(this.#hold.key);
    return i === undefined || i === null ? this.pane.scrollTop : this.#offsets()[i] - this.#hold.distance;
  }

  #restore(moved = false) {
    const el = this.#hold && this.#drawn.get(this.#hold.key);
    if (!el) return;
    const off = el.offsetTop - this.pane.scrollTop - this.#hold.distance;
    if (Math.abs(off) > 0.5 && (moved || !this.#absorb(off))) this.pane.scrollTop += off;
  }

  // absorb takes what rows above turned out to be too high from the guesses for those above them. Moving the pane
  // instead would break off the glide of a wheel or a key.
  #absorb(off) {
    const blank = this.list.firstElementChild;
    if (!blank?.patchBlank) return false;
    const above = this.#rows.slice(0, this.#first).filter((row) => row.height === undefined);
    const guessed = above.reduce((sum, row) => sum + row.guess, 0);
    const factor = (guessed - off) / guessed;
    if (!(factor * this.#stretch > 0.6 && factor * this.#stretch < 1.6)) return false;
    this.#stretch *= factor;
    for (const row of above) row.guess *= factor;
    this.#stale = true;
    blank.style.setProperty('height', `${parseFloat(blank.style.height) - off}px`);
    return true;
  }

  #offsets() {
    if (!this.#stale) return this.#tops;
    this.#stale = false;
    const rows = this.#rows;
    if (this.#tops.length !== rows.length + 1) this.#tops = new Float64Array(rows.length + 1);
    let y = this.list.offsetTop + parseFloat(getComputedStyle(this.list).paddingTop);
    for (let i = 0; i < rows.length; i++) {
      this.#tops[i] = y;
      y += rows[i].height ?? (rows[i].guess ??= this.#guess(rows[i]));
    }
    this.#tops[rows.length] = y;
    return this.#tops;
  }

  #total() { return this.#offsets()[this.#rows.length]; }

  #guess({ kind }) {
    const mean = this.#means.get(kind);
    return mean ? mean.sum / mean.n : kind === 'compact' ? 24 : 62;
  }

  // rowAt is the row at a height, by halving.
  #rowAt(y) {
    const tops = this.#offsets();
    let [low, high] = [0, this.#rows.length - 1];
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (tops[mid] <= y) low = mid; else high = mid - 1;
    }
    return low;
  }

  #draw(top) {
    const rows = this.#rows;
    if (!this.long) { patch(this.list, rows.map((row) => this.of(row))); this.#drawn.clear(); return; }
    const from = this.#rowAt(top - BEYOND);
    const to = this.#rowAt(top + this.pane.clientHeight + BEYOND);
    this.#first = from;
    this.#range = [this.#offsets()[from], this.#offsets()[to + 1]];
    // Where the focus is stays in the page: a row with a half-chosen menu must not vanish under the hand.
    const focus = this.#index.get(document.activeElement?.closest?.('li')?.patchKey);
    const pins = focus === undefined || !this.list.contains(document.activeElement) || (focus >= from && focus <= to) ? [] : [focus];
    const wanted = [...pins.filter((i) => i < from), ...Array.from({ length: to - from + 1 }, (_, i) => from + i), ...pins.filter((i) => i > to)];

    const items = [];
    const blanks = [];
    const tops = this.#offsets();
    const blank = (a, b) => {
      if (b <= a) return;
      items.push({ key: `blank ${blanks.length}`, sig: '', make: () => Object.assign(h('li.blank', { 'aria-hidden': 'true' }), { patchBlank: true }) });
      blanks.push(tops[b] - tops[a]);
    };
    let at = 0;
    const now = new Map();
    for (const i of wanted) {
      blank(at, i);
      const item = this.of(rows[i]);
      const spare = this.#kept.get(item.key);
      items.push({ ...item, make: () => (spare?.patchSig === item.sig ? spare : item.make()) });
      now.set(item.key, rows[i]);
      at = i + 1;
    }
    blank(at, rows.length);
    patch(this.list, items);
    this.#settle(now, blanks);
  }

  // settle looks after what has come into the page and what has left it.
  #settle(now, blanks) {
    for (const [key, el] of this.#drawn) {
      if (now.has(key) && el.isConnected) continue;
      this.sizes.unobserve(el);
      this.#drawn.delete(key);
      if (!now.has(key)) { this.#kept.delete(key); this.#kept.set(key, el); }
    }
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(key);
    }
    let b = 0;
    for (const el of this.list.children) {
      if (el.patchBlank) { el.style.setProperty('height', `${blanks[b++]}px`); continue; }
      const row = now.get(el.patchKey);
      if (row.pos) { el.setAttribute('aria-posinset', row.pos); el.setAttribute('aria-setsize', row.of); }
      if (this.#drawn.has(el.patchKey)) continue;
      this.#kept.delete(el.patchKey);
      this.#drawn.set(el.patchKey, el);
      this.sizes.observe(el);
    }
  }

  #measure(entries) {
    for (const { target, borderBoxSize } of entries) {
      const row = target.isConnected && this.#rows[this.#index.get(target.patchKey)];
      const height = borderBoxSize[0].blockSize;
      if (!row || row.height === height) continue;
      if (row.height === undefined) {
        const mean = this.#means.get(row.kind) || { sum: 0, n: 0 };
        this.#means.set(row.kind, { sum: mean.sum + height, n: mean.n + 1 });
      }
      row.height = height;
      this.#stale = true;
    }
    if (this.pane.low) this.pane.scrollTop = this.pane.scrollHeight;
    else this.#restore();
    requestAnimationFrame(() => this.#scrolled());
  }

  #scrolled() {
    if (!this.long || !this.pane.isConnected) return;
    const { scrollTop, clientHeight } = this.pane;
    const [from, to] = this.#range;
    const short = (from > this.#offsets()[0] && scrollTop - from < LEFT) || (to < this.#total() && to - scrollTop - clientHeight < LEFT);
    this.#keepSight();
    if (!short) return;
    this.#draw(scrollTop);
    this.#restore();
  }

  // forget drops all measures: another width wraps text elsewhere.
  #forget() {
    for (const row of this.#rows) row.height = row.guess = undefined;
    this.#means.clear();
    this.#stale = true;
    for (const [key, el] of this.#drawn) {
      const row = this.#rows[this.#index.get(key)];
      if (row) row.height = el.getBoundingClientRect().height;
    }
    requestAnimationFrame(() => this.#scrolled());
  }
}
