// One picture opened: what it is, what is believed of it, what looks like it. In: a picture's number. Out: the panel
// beside the map, the card under the pointer.
import type { Data, Named } from "./data";
import { make, spelt } from "./dom";

export interface Acts {
  narrow(facet: string, id: string): void;
  alike(path: string): void;
  open(i: number): void;
  choose(i: number): void;
  isChosen(i: number): boolean;
  close(): void;
}

export class PlatePanel {
  private shown = -1;

  constructor(private root: HTMLElement, private card: HTMLElement, private data: Data, private acts: Acts, private near: (i: number) => number[]) {}

  async show(i: number): Promise<Named> {
    this.shown = i;
    const named = await this.data.named(i);
    if (this.shown === i) this.fill(i, named);
    return named;
  }

  hide(): void {
    this.shown = -1;
    this.root.hidden = true;
  }

  refresh(): void {
    const named = this.shown >= 0 ? this.data.known(this.shown) : undefined;
    if (named && !this.root.hidden) this.fill(this.shown, named);
  }

  private fill(i: number, named: Named): void {
    const words = this.data.config.words;
    const page = this.data.page(named);
    const picture = named.digest
      ? make("img", { src: this.data.thumbnail(named), alt: named.label || words["no-caption"] })
      : make("span", { class: "blank" });
    const facts = make("dl");
    for (const facet of this.data.facets.values()) {
      const values: Node[] = [];
      for (let at = facet.starts[i]; at < facet.starts[i + 1]; at++) {
        const value = facet.values[at];
        const sure = Math.round(facet.sure[at] / 2.55);
        const button = make("button", { type: "button", lang: facet.languages[value], click: () => this.acts.narrow(facet.name, facet.ids[value]) }, facet.labels[value]);
        values.push(make("dd", {}, button, sure < 100 ? make("span", { class: "number" }, ` ${sure} %`) : ""));
      }
      if (values.length) facts.append(make("div", {}, make("dt", {}, words[facet.name] ?? facet.name), ...values));
    }
    const acts = make(
      "p", { class: "acts" },
      make("a", { href: page }, words.open),
      make("button", { type: "button", click: () => this.acts.alike(named.path) }, words.alike),
      make("button", { type: "button", "aria-pressed": `${this.acts.isChosen(i)}`, click: () => this.acts.choose(i) }, this.acts.isChosen(i) ? words.unchoose : words.choose),
    );
    const near = make("div", { class: "map-near" });
    this.root.replaceChildren(
      make("button", { type: "button", class: "shut", "aria-label": words.close, click: () => this.acts.close() }, "✕"),
      make("p", { class: "kicker" }, [named.source, named.year].filter(Boolean).join(", ")),
      make("a", { href: page, class: "mat", title: words.open }, picture),
      make("p", { class: "legend", lang: named.language }, named.label || words["no-caption"]),
      acts, facts, make("h2", {}, words.neighbours), near,
    );
    this.root.hidden = false;
    this.root.scrollTop = 0;
    void this.alike(i, named, near);
  }

  private async alike(i: number, named: Named, into: HTMLElement): Promise<void> {
    let found = this.near(i);
    if (this.data.config.served) {
      try {
        const answer = await fetch(`/map/like?like=${encodeURIComponent(named.path)}`);
        if (answer.ok) found = ((await answer.json()) as { ranked: number[] }).ranked.filter((each) => each !== i).slice(0, 12);
      } catch {
        into.dataset.nearest = "map"; // without the server, neighbours on the map stand in
      }
    }
    for (const other of found) {
      const names = await this.data.named(other);
      if (this.shown !== i) return;
      if (!names.digest) continue;
      into.append(make("button", { type: "button", title: names.label, "aria-label": names.label || spelt(other), click: () => this.acts.open(other) }, make("img", { src: this.data.thumbnail(names), alt: "", loading: "lazy" })));
    }
  }

  async point(i: number, x: number, y: number): Promise<void> {
    const card = this.card;
    if (i < 0) {
      card.hidden = true;
      card.dataset.of = "";
      return;
    }
    const place = () => {
      const stage = card.parentElement as HTMLElement;
      const left = x + 24 + card.offsetWidth > stage.clientWidth ? x - 24 - card.offsetWidth : x + 24;
      const top = Math.max(8, Math.min(stage.clientHeight - card.offsetHeight - 8, y - 40));
      card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    };
    if (card.dataset.of === `${i}`) return place();
    card.dataset.of = `${i}`;
    const named = this.data.known(i) ?? (await this.data.named(i));
    if (card.dataset.of !== `${i}`) return;
    card.replaceChildren(
      ...(named.digest ? [make("img", { src: this.data.thumbnail(named), alt: "" })] : []),
      make("p", { lang: named.language }, named.label || this.data.config.words["no-caption"]),
      make("span", { class: "from" }, [named.source, named.year].filter(Boolean).join(", ")),
    );
    card.hidden = false;
    place();
  }
}
