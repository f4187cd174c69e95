// Names on the map: what groups of look-alikes and topics are called, at the zoom at which there is room for them; over
// blocks and years, their headings. In: places of pictures and facets. Out: text elements over the drawing.
import type { Data, Facet } from "./data";
import { make, spelt } from "./dom";
import type { Layout } from "./layouts";
import type { View } from "./scene";

interface Name {
  x: number;
  y: number;
  text: string;
  language: string;
  weight: number;
  fine: boolean;
}

const MOST = 40;

/** What tells a group from others: "plan or map: temple, cella" is "temple, cella" where kinds can be seen. */
function short(label: string): string {
  const words = label.slice(label.indexOf(":") + 1).trim() || label;
  return words.length > 34 ? `${words.slice(0, 33).trimEnd()}…` : words;
}

export class Labels {
  private names: Name[] = [];
  private pool: HTMLElement[] = [];
  private layout: Layout | null = null;
  private widths = new Map<string, number>();
  private probe = make("span", { class: "probe" });

  constructor(private root: HTMLElement, private data: Data) {
    root.append(this.probe);
  }

  /** Names for a layout; those of clusters and topics stand where most of their pictures are. */
  arrange(layout: Layout): void {
    this.layout = layout;
    this.names = [];
    if (!layout.loose) return;
    const cluster = this.data.facets.get("cluster");
    const topic = this.data.facets.get("topic");
    if (cluster) this.names.push(...this.gathered(cluster, layout, false));
    if (topic) this.names.push(...this.gathered(topic, layout, true));
    this.names.sort((a, b) => Number(a.fine) - Number(b.fine) || b.weight - a.weight);
  }

  private gathered(facet: Facet, layout: Layout, fine: boolean): Name[] {
    const members = new Map<number, number[]>();
    for (let i = 0; i < this.data.pictures.placed; i++) {
      const value = facet.first(i);
      if (value < 0) continue;
      const listed = members.get(value);
      if (listed) listed.push(i);
      else members.set(value, [i]);
    }
    const found: Name[] = [];
    for (const [value, listed] of members) {
      if (listed.length < 3) continue;
      const xs = listed.map((i) => layout.x[i]).sort((a, b) => a - b);
      const ys = listed.map((i) => layout.y[i]).sort((a, b) => a - b);
      const middle = xs.length >> 1;
      const spread = (all: number[]) => all[Math.floor(all.length * 0.75)] - all[Math.floor(all.length * 0.25)];
      // What is scattered over the whole map has no place to be named at.
      if (Math.max(spread(xs) / layout.width, spread(ys) / layout.height) > 0.3) continue;
      found.push({ x: xs[middle], y: ys[middle], text: short(facet.labels[value]), language: facet.languages[value], weight: listed.length, fine });
    }
    return found;
  }

  /** How wide a text is, measured once. */
  private measured(text: string, kind: string): number {
    const key = `${kind} ${text}`;
    let wide = this.widths.get(key);
    if (wide === undefined) {
      this.probe.className = `${kind} probe`;
      this.probe.textContent = text;
      wide = this.probe.offsetWidth + 1;
      this.widths.set(key, wide);
    }
    return wide;
  }

  draw(view: View, fit: number, width: number, height: number): void {
    let used = 0;
    const boxes: [number, number, number, number][] = [];
    const put = (x: number, y: number, room: number, text: string, language: string, kind: string) => {
      if (used >= MOST) return;
      const wide = Math.min(room, this.measured(text, kind));
      const gap = kind === "head" ? 0 : 26;
      let left = kind === "head" ? x : x - wide / 2;
      const top = kind === "head" ? y : y - 12;
      if (left > width || left + wide < 0 || top > height || top + 22 < 0) return;
      if (kind !== "head") left = Math.max(4, Math.min(width - wide - 4, left));
      if (boxes.some(([l, t, r, b]) => left < r + gap && left + wide + gap > l && top < b + gap && top + 24 + gap > t)) return;
      boxes.push([left, top, left + wide, top + 24]);
      const element = this.pool[used] ?? this.root.appendChild(make("span"));
      this.pool[used++] = element;
      element.className = kind;
      element.lang = language;
      element.textContent = text;
      element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
      element.style.maxWidth = `${Math.ceil(wide)}px`;
      element.hidden = false;
    };
    const zoom = view.scale / fit;
    for (const name of this.names) {
      if (name.fine && zoom < 2.2) continue;
      if (name.weight * zoom * zoom < this.data.pictures.placed / 70) continue;
      put((name.x - view.x) * view.scale + width / 2, (name.y - view.y) * view.scale + height / 2, 240, name.text, name.language, name.fine ? "fine" : "");
    }
    for (const heading of this.layout?.headings ?? []) {
      const room = heading.below ? Math.max(72, heading.width * view.scale) : heading.width * view.scale;
      if (room < 56 && this.measured(heading.text, "head") > room) continue;
      const x = (heading.x - view.x) * view.scale + width / 2;
      const y = (heading.y - view.y) * view.scale + height / 2;
      put(x, heading.below ? y : y - 21, room, room > 110 ? `${heading.text}  ${spelt(heading.count)}` : heading.text, heading.language, "head");
    }
    for (let rest = used; rest < this.pool.length; rest++) this.pool[rest].hidden = true;
  }
}
