// Where pictures go: one pure function per way of arranging. In: the columns of all pictures, perhaps a facet. Out:
// a place for each in units of one picture's cell, and headings with the room they have.
import type { Facet, Pictures } from "./data";

export interface Heading {
  x: number;
  y: number;
  /** Room to the right, in cells. */
  width: number;
  text: string;
  language: string;
  count: number;
  /** Whether it stands under its pictures instead of over them. */
  below: boolean;
}

export interface Layout {
  x: Float32Array;
  y: Float32Array;
  width: number;
  height: number;
  headings: Heading[];
  /** Whether pictures may be drawn larger than their cell from far away. */
  loose: boolean;
}

const blank = (n: number) => ({ x: new Float32Array(n), y: new Float32Array(n) });

/** Pictures in the order of a key, then of printing. */
function sorted(n: number, key: (i: number) => number, order: ArrayLike<number>): Uint32Array {
  const keys = Float64Array.from({ length: n }, (_, i) => key(i));
  return Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => keys[a] - keys[b] || order[a] - order[b]);
}

/** By look: the places of the projection; pictures that have none stand in rows below. */
export function similarity(pictures: Pictures, cells: number[]): Layout {
  const { count, placed } = pictures;
  const [across, down] = cells;
  const { x, y } = blank(count);
  for (let i = 0; i < placed; i++) {
    x[i] = pictures.x[i] * across;
    y[i] = pictures.y[i] * down;
  }
  for (let i = placed; i < count; i++) {
    x[i] = ((i - placed) % across) + 0.5;
    y[i] = down + 2.5 + Math.floor((i - placed) / across);
  }
  const rows = Math.ceil((count - placed) / across);
  return { x, y, width: across, height: down + (rows ? rows + 3 : 0), headings: [], loose: true };
}

/** In the order of printing, row by row. */
export function grid(pictures: Pictures, ratio: number): Layout {
  return rows(pictures, sorted(pictures.count, () => 0, pictures.order), ratio);
}

/** By tone: warm to cool from left to right, light to dark from top to bottom. */
export function tone(pictures: Pictures, ratio: number): Layout {
  const { colours, count } = pictures;
  const light = (i: number) => 0.2126 * colours[3 * i] + 0.7152 * colours[3 * i + 1] + 0.0722 * colours[3 * i + 2];
  const warm = (i: number) => colours[3 * i] - colours[3 * i + 2];
  const columns = Math.max(1, Math.round(Math.sqrt(count * ratio)));
  const high = Math.max(1, Math.ceil(count / columns));
  const { x, y } = blank(count);
  const byWarmth = sorted(count, (i) => -warm(i), pictures.order);
  for (let column = 0; column * high < count; column++) {
    const some = Array.from(byWarmth.subarray(column * high, (column + 1) * high)).sort((a, b) => light(b) - light(a) || a - b);
    some.forEach((i, row) => {
      x[i] = column + 0.5;
      y[i] = row + 0.5;
    });
  }
  return { x, y, width: columns, height: high, headings: [], loose: false };
}

function rows(pictures: Pictures, order: Uint32Array, ratio: number): Layout {
  const { x, y } = blank(pictures.count);
  const columns = Math.max(1, Math.round(Math.sqrt(pictures.count * ratio)));
  order.forEach((i, place) => {
    x[i] = (place % columns) + 0.5;
    y[i] = Math.floor(place / columns) + 0.5;
  });
  return { x, y, width: columns, height: Math.max(1, Math.ceil(pictures.count / columns)), headings: [], loose: false };
}

/** By year: a stack for every year, or for every few years when there are many; those without one at the end. */
export function time(pictures: Pictures, ratio: number, undated: string): Layout {
  const { count, years } = pictures;
  let first = Infinity;
  let last = 0;
  for (const year of years) if (year) [first, last] = [Math.min(first, year), Math.max(last, year)];
  const span = last ? last - first + 1 : 0;
  const step = [1, 2, 5, 10, 20, 25, 50, 100].find((s) => span / s <= 60) ?? 100;
  const start = last ? Math.floor(first / step) * step : 0;
  const bins = last ? Math.floor((last - start) / step) + 1 : 0;
  const bin = (i: number) => (years[i] ? Math.floor((years[i] - start) / step) : bins);
  const sizes = new Uint32Array(bins + 1);
  for (let i = 0; i < count; i++) sizes[bin(i)]++;
  const shown = bins + (sizes[bins] ? 1 : 0);
  const highest = Math.max(1, ...sizes);
  let wide = 1;
  while (highest / wide > (shown * (wide + 0.6)) / ratio && wide < highest) wide++;
  const high = Math.ceil(highest / wide);
  const { x, y } = blank(count);
  const filled = new Uint32Array(bins + 1);
  for (const i of sorted(count, bin, pictures.order)) {
    const of = bin(i);
    const place = filled[of]++;
    x[i] = of * (wide + 0.6) + (place % wide) + 0.5;
    y[i] = high - Math.floor(place / wide) - 0.5;
  }
  const headings: Heading[] = [];
  for (let of = 0; of <= bins; of++) {
    if (!sizes[of]) continue;
    const from = start + of * step;
    const text = of === bins ? undated : step === 1 ? `${from}` : `${from}–${from + step - 1}`;
    headings.push({ x: of * (wide + 0.6), y: high + 0.15, width: wide, text, language: "", count: sizes[of], below: true });
  }
  return { x, y, width: Math.max(1, shown * (wide + 0.6)), height: high + 1.5, headings, loose: false };
}

/** By a facet: a block for every value, the largest first; pictures without a value last. */
export function blocks(pictures: Pictures, facet: Facet, ratio: number, none: string): Layout {
  const { count } = pictures;
  const without = facet.ids.length;
  const value = (i: number) => {
    const first = facet.first(i);
    return first < 0 ? without : first;
  };
  const sizes = new Uint32Array(without + 1);
  for (let i = 0; i < count; i++) sizes[value(i)]++;
  const ranked = Array.from(sizes.keys()).filter((v) => sizes[v]).sort((a, b) => Number(a === without) - Number(b === without) || sizes[b] - sizes[a] || a - b);
  const head = 1.1;
  const wide = (v: number) => Math.max(2, Math.ceil(Math.sqrt(sizes[v] * 1.3)));
  const area = ranked.reduce((sum, v) => sum + (wide(v) + 1) * (Math.ceil(sizes[v] / wide(v)) + head + 0.7), 0);
  const shelves = (across: number) => {
    const corner = new Map<number, [number, number]>();
    let [left, top, high, width] = [0, 0, 0, 1];
    for (const v of ranked) {
      const w = wide(v);
      if (left && left + w > across) [left, top, high] = [0, top + high, 0];
      corner.set(v, [left, top + head]);
      high = Math.max(high, Math.ceil(sizes[v] / w) + head + 0.7);
      left += w + 1;
      width = Math.max(width, left - 1);
    }
    return { corner, width, height: Math.max(1, top + high) };
  };
  // Of several widths of the shelves, the one that lets pictures be largest on this screen.
  const least = ranked.length ? wide(ranked[0]) : 1;
  const scale = (one: { width: number; height: number }) => Math.min(ratio / one.width, 1 / one.height);
  const { corner, width, height } = [0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 1.9]
    .map((factor) => shelves(Math.max(Math.sqrt(area * ratio) * factor, least)))
    .reduce((best, one) => (scale(one) > scale(best) ? one : best));
  const headings: Heading[] = ranked.map((v) => {
    const [left, top] = corner.get(v) as [number, number];
    const text = v === without ? none : facet.labels[v];
    return { x: left, y: top - 0.1, width: wide(v), text, language: facet.languages[v] ?? "", count: sizes[v], below: false };
  });
  const { x, y } = blank(count);
  const filled = new Uint32Array(without + 1);
  for (const i of sorted(count, () => 0, pictures.order)) {
    const v = value(i);
    const [cx, cy] = corner.get(v) as [number, number];
    const place = filled[v]++;
    x[i] = cx + (place % wide(v)) + 0.5;
    y[i] = cy + Math.floor(place / wide(v)) + 0.5;
  }
  return { x, y, width, height, headings, loose: false };
}
