// The map: puts the parts together. In: the page with its list and its configuration. Out: the map over it, when the
// browser can draw it; else the list stays.
import { LAYOUTS, readAddress, writeAddress, type State } from "./address";
import { Chosen } from "./chosen";
import { Data, Stale, type Config } from "./data";
import { by, filled, make } from "./dom";
import { Input, within, type Tool } from "./input";
import { Labels } from "./labels";
import * as layouts from "./layouts";
import { Mini } from "./mini";
import { PlatePanel } from "./plate";
import { Answer, readFound, type Found } from "./question";
import { CHOSEN, FAINT, PLAIN, Scene } from "./scene";
import { Sidebar } from "./sidebar";

const PAGE = 60;
const MOVE = 900;

class MapPage {
  private root = by("map");
  private stage = by("map-stage");
  private list = by("map-list");
  private words: Record<string, string>;
  private state: State;
  private answer: Answer;
  private byWords: Found | null = null;
  private alike: Found | null = null;
  private own = false;
  private layout: layouts.Layout;
  private labels: Labels;
  private mini: Mini;
  private sidebar: Sidebar;
  private panel: PlatePanel;
  private input: Input;
  private chosen: Chosen;
  private bar = make("div", { class: "map-chosen", hidden: true });
  private current = -1;
  private opened = -1;
  private listed = PAGE;
  private pending = 0;
  private calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(private data: Data, private scene: Scene) {
    this.words = data.config.words;
    this.state = readAddress(location.search, data.manifest.facets.map((facet) => facet.name));
    this.answer = new Answer(data, this.state.question, null, null);
    this.layout = layouts.similarity(data.pictures, data.manifest.cells);
    this.labels = new Labels(by("map-labels"), data);
    this.chosen = new Chosen(data, by("map-dialog"), this.root.dataset.csrf ?? "");
    this.mini = new Mini(by("map-mini"), data.pictures, scene, (x, y) => this.look(x, y, scene.view.scale));
    this.sidebar = new Sidebar(by("map-facets"), data, () => this.ask(), (file) => void this.lookLike(file));
    this.panel = new PlatePanel(by("map-plate"), by("map-card"), data, {
      narrow: (facet, id) => this.sidebar.toggle(this.state.question, facet, id),
      alike: (path) => void this.like([path]),
      open: (i) => { this.goTo(i); void this.open(i); },
      choose: (i) => this.choose(i),
      isChosen: (i) => this.chosen.set.has(i),
      close: () => this.close(),
    }, (i) => this.nearest(i));
    this.input = new Input(this.stage, scene, by("map-drawn").querySelector("path") as SVGPathElement, {
      pan: (dx, dy) => this.look(scene.view.x - dx / scene.view.scale, scene.view.y - dy / scene.view.scale, scene.view.scale),
      zoom: (factor, x, y) => this.zoom(factor, x, y),
      point: (i, x, y) => void this.panel.point(this.input.tool === "move" ? i : -1, x, y).catch((error) => this.failed(error)),
      open: (i) => (i >= 0 ? void this.open(i) : this.close()),
      choose: (i) => this.choose(i),
      step: (dx, dy) => this.step(dx, dy),
      drawn: (points, way) => this.drawn(points, way),
      key: (name) => this.key(name),
    });
    this.stage.append(this.bar);
  }

  start(): void {
    this.root.classList.add("drawn");
    for (const id of ["map-tools", "map-side", "map-stage"]) by(id).hidden = false;
    (by("map-side") as HTMLDetailsElement).open = innerWidth > 960;
    this.colours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colours());
    this.controls();
    this.scene.onDrawn = () => this.drawnOnce();
    new ResizeObserver(() => this.resized()).observe(this.stage);
    const { at } = this.state;
    this.view(this.state.view);
    this.arrange(0);
    if (at) {
      const [x, y, zoom] = at;
      this.look(x * this.layout.width, y * this.layout.height, this.scene.fit * zoom);
    }
    void this.rest();
  }

  private colours(): void {
    const read = (name: string) => {
      const text = getComputedStyle(this.root).getPropertyValue(name).trim().replace("#", "");
      return [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
    };
    this.scene.colours(read("--mat"), read("--accent"));
  }

  /** What may come after the first picture: facets, words in the address, the opened plate. */
  private async rest(): Promise<void> {
    for (const file of this.data.manifest.facets) await this.data.loadFacet(file);
    const select = by<HTMLSelectElement>("map-layout");
    const name = (layout: string) => this.words[layout] ?? layout;
    const known = LAYOUTS.filter((layout) => layout !== "time" || this.data.manifest.years.length);
    select.replaceChildren(
      ...known.map((layout) => make("option", { value: layout }, name(layout))),
      ...[...this.data.facets.keys()].map((facet) => make("option", { value: facet }, name(facet))),
    );
    if (![...select.options].some((option) => option.value === this.state.layout)) this.state.layout = "similarity";
    select.value = this.state.layout;
    if (this.data.facets.has(this.state.layout)) {
      const { at } = this.state;
      this.arrange(0);
      if (at) this.look(at[0] * this.layout.width, at[1] * this.layout.height, this.scene.fit * at[2]);
    }
    this.labels.arrange(this.layout);
    await this.askServer();
    this.ask();
    if (this.chosen.set.size) this.chosenChanged();
    if (this.data.config.plate >= 0) {
      if (!this.state.at) this.goTo(this.data.config.plate);
      await this.open(this.data.config.plate);
    }
    this.root.dataset.ready = "true";
  }

  private controls(): void {
    const form = by<HTMLFormElement>("map-form");
    const words = form.querySelector("input[name=q]") as HTMLInputElement;
    words.value = this.state.question.words;
    for (const carried of form.querySelectorAll("[data-carried]")) carried.remove();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.state.question.words = words.value.trim();
      void this.askServer().then(() => this.ask());
    });
    words.addEventListener("search", () => form.requestSubmit());
    by<HTMLSelectElement>("map-layout").addEventListener("change", (event) => {
      this.state.layout = (event.target as HTMLSelectElement).value;
      this.state.at = null;
      this.arrange(this.calm.matches ? 0 : MOVE);
      this.remember();
    });
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-view]")) button.addEventListener("click", () => this.view(button.dataset.view as State["view"]));
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-tool]")) button.addEventListener("click", () => this.tool(button.dataset.tool as Tool));
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-zoom]")) {
      button.addEventListener("click", () => {
        if (button.dataset.zoom === "all") this.fit();
        else this.zoom(button.dataset.zoom === "in" ? 1.6 : 1 / 1.6, this.stage.clientWidth / 2, this.stage.clientHeight / 2);
      });
    }
    this.stage.addEventListener("dragover", (event) => { event.preventDefault(); this.stage.classList.add("dropping"); });
    this.stage.addEventListener("dragleave", () => this.stage.classList.remove("dropping"));
    this.stage.addEventListener("drop", (event) => {
      event.preventDefault();
      this.stage.classList.remove("dropping");
      const file = event.dataTransfer?.files[0];
      if (file && this.data.config.served) void this.lookLike(file);
    });
  }

  // ---- looking around

  private look(x: number, y: number, scale: number): void {
    const { scene } = this;
    scene.view.scale = Math.max(scene.fit * 0.5, Math.min(420, scale));
    scene.view.x = Math.max(0, Math.min(this.layout.width, x));
    scene.view.y = Math.max(0, Math.min(this.layout.height, y));
    scene.draw();
    const zoom = scene.view.scale / scene.fit;
    this.state.at = Math.abs(zoom - 1) < 1e-6 ? null : [scene.view.x / this.layout.width, scene.view.y / this.layout.height, zoom];
    window.clearTimeout(this.pending);
    this.pending = window.setTimeout(() => { scene.need(); this.remember(); }, 120);
  }

  private zoom(factor: number, x: number, y: number): void {
    const { view, fit } = this.scene;
    const [wx, wy] = this.input.world(x, y);
    const scale = Math.max(fit * 0.5, Math.min(420, view.scale * factor));
    this.look(wx - (x - this.stage.clientWidth / 2) / scale, wy - (y - this.stage.clientHeight / 2) / scale, scale);
    void this.panel.point(-1, 0, 0);
  }

  private goTo(i: number): void {
    const [x, y] = this.scene.place(i);
    this.look(x, y, Math.max(this.scene.view.scale, 110));
  }

  private fit(): void {
    this.measureFit();
    this.look(this.layout.width / 2, this.layout.height / 2, this.scene.fit);
  }

  private measureFit(): void {
    const { clientWidth, clientHeight } = this.stage;
    const margin = this.layout.headings.length ? 46 : 30;
    this.scene.fit = Math.max(0.01, Math.min((clientWidth - margin) / (this.layout.width + 0.8), (clientHeight - margin) / (this.layout.height + 0.8), 200));
  }

  private resized(): void {
    const before = this.scene.fit;
    const whole = Math.abs(this.scene.view.scale - before) < 1e-6;
    this.measureFit();
    if (whole) this.fit();
    else this.scene.draw();
  }

  private drawnOnce(): void {
    this.labels.draw(this.scene.view, this.scene.fit, this.stage.clientWidth, this.stage.clientHeight);
    this.mini.draw();
    if (!this.root.dataset.painted) this.root.dataset.painted = `${Math.round(performance.now())}`;
  }

  private arrange(milliseconds: number): void {
    const { pictures } = this.data;
    const ratio = Math.max(0.3, this.stage.clientWidth / Math.max(1, this.stage.clientHeight)) || 1.5;
    const facet = this.data.facets.get(this.state.layout);
    if (facet) this.layout = layouts.blocks(pictures, facet, ratio, this.words.none);
    else if (this.state.layout === "time") this.layout = layouts.time(pictures, ratio, this.words.undated);
    else if (this.state.layout === "grid") this.layout = layouts.grid(pictures, ratio);
    else if (this.state.layout === "tone") this.layout = layouts.tone(pictures, ratio);
    else this.layout = layouts.similarity(pictures, this.data.manifest.cells);
    this.scene.loose = this.layout.loose;
    this.labels.arrange(this.layout);
    this.mini.arrange(this.layout);
    this.scene.move(this.layout.x, this.layout.y, milliseconds);
    this.fit();
    this.scene.need();
  }

  // ---- asking

  /** Ask the server for what only it knows: words, and what looks alike. */
  private async askServer(): Promise<void> {
    const { question } = this.state;
    const get = async (address: string): Promise<Found | null> => {
      const answer = await fetch(address);
      return answer.ok ? readFound(await answer.json()) : null;
    };
    const { served } = this.data.config;
    if (question.words && served) this.byWords = await get(`/map/find?q=${encodeURIComponent(question.words)}`);
    else this.byWords = question.words ? await this.findHere(question.words) : null;
    if (!this.own) this.alike = question.like.length && served ? await get(`/map/like?${question.like.map((path) => `like=${encodeURIComponent(path)}`).join("&")}`) : null;
  }

  /** Words without a server: captions and names that hold all of them. */
  private async findHere(text: string): Promise<Found> {
    const plain = (value: string) => value.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const words = plain(text).split(/\s+/).filter(Boolean);
    const ranked: number[] = [];
    for (let i = 0; i < this.data.manifest.count; i++) {
      const named = await this.data.named(i);
      const held = [named.label, named.source];
      for (const facet of this.data.facets.values()) for (let at = facet.starts[i]; at < facet.starts[i + 1]; at++) held.push(facet.labels[facet.values[at]]);
      const all = plain(held.join(" "));
      if (words.every((word) => all.includes(word))) ranked.push(i);
    }
    const there = new Set(ranked);
    return { ranked, has: (i) => there.has(i), total: ranked.length };
  }

  private ask(): void {
    const { question } = this.state;
    this.answer = new Answer(this.data, question, this.byWords, this.alike);
    this.paintStates();
    const chips: [string, () => void][] = [];
    if (question.words) chips.push([`„${question.words}“`, () => { question.words = ""; by<HTMLFormElement>("map-form").querySelector("input")!.value = ""; this.byWords = null; this.ask(); }]);
    if (this.alike) {
      const text = this.own ? this.words["like-own"] : filled(this.words["like-these"], { n: question.like.length });
      chips.push([text, () => { this.alike = null; this.own = false; question.like = []; this.ask(); }]);
    }
    if (question.years) chips.push([`${question.years[0]}–${question.years[1]}`, () => { question.years = null; this.ask(); }]);
    if (question.sure) chips.push([`≥ ${question.sure} %`, () => { question.sure = 0; this.ask(); }]);
    const some = this.answer.total > 0 && this.answer.total < this.data.manifest.count;
    this.sidebar.show(question, this.answer, chips, some ? () => this.chooseFound() : null);
    this.listed = PAGE;
    this.count();
    if (this.state.view === "list") void this.fillList();
    this.remember();
  }

  private count(): void {
    const { total } = this.answer;
    const all = this.data.manifest.count;
    by("map-count").replaceChildren(
      total === all ? filled(this.words.all, { n: all }) : filled(this.words.of, { n: total, total: all }), " ",
      ...(this.data.config.served && all
        ? [make("button", { type: "button", click: () => void this.chosen.take(this.state.question, this.own ? this.foundBits() : "") }, this.words.take)]
        : []),
    );
    const note = by("map-note");
    note.hidden = total > 0;
    note.textContent = all ? this.words.nothing : this.words.empty;
  }

  private foundBits(): string {
    const kept = new Set(this.chosen.set);
    this.chosen.set.clear();
    for (const i of this.answer.ordered()) this.chosen.set.add(i);
    const text = this.chosen.bits();
    this.chosen.set.clear();
    for (const i of kept) this.chosen.set.add(i);
    return text;
  }

  private paintStates(): void {
    const { states } = this.scene;
    for (let i = 0; i < states.length; i++) states[i] = this.chosen.set.has(i) ? CHOSEN : this.answer.has(i) ? PLAIN : FAINT;
    this.scene.statesChanged();
    this.mini.arrange(this.layout);
  }

  private async like(paths: string[]): Promise<void> {
    this.own = false;
    this.state.question.like = paths;
    await this.askServer();
    this.ask();
  }

  private async lookLike(file: File): Promise<void> {
    this.say(this.words.looking);
    const sent = new FormData();
    sent.append("picture", file);
    const answer = await fetch("/map/look", { method: "POST", body: sent, headers: { Accept: "text/plain" } });
    if (!answer.ok) return this.say(filled(this.words.failed, { reason: (await answer.text()).replace(/^\d+ [^:]*: /, "").trim() }), true);
    this.alike = readFound(await answer.json());
    this.own = true;
    this.state.question.like = [];
    this.say("");
    this.ask();
  }

  // ---- choosing

  private tool(tool: Tool): void {
    this.input.tool = tool;
    this.stage.classList.toggle("drawing", tool !== "move");
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-tool]")) button.setAttribute("aria-pressed", `${button.dataset.tool === tool}`);
  }

  private drawn(points: [number, number][], way: "add" | "remove" | "replace"): void {
    if (way === "replace") this.chosen.set.clear();
    for (let i = 0; i < this.data.manifest.count; i++) {
      if (!this.answer.has(i) || !within(points, ...this.scene.place(i))) continue;
      if (way === "remove") this.chosen.set.delete(i);
      else this.chosen.set.add(i);
    }
    this.chosenChanged();
  }

  private chooseFound(): void {
    for (const i of this.answer.ordered()) this.chosen.set.add(i);
    this.chosenChanged();
  }

  private choose(i: number): void {
    if (!this.chosen.set.delete(i)) this.chosen.set.add(i);
    this.chosenChanged();
    this.panel.refresh();
  }

  private chosenChanged(): void {
    this.chosen.remember();
    this.paintStates();
    const n = this.chosen.set.size;
    this.bar.hidden = n === 0;
    const button = (key: string, act: () => void) => make("button", { type: "button", click: act }, this.words[key]);
    this.bar.replaceChildren(
      make("span", { id: "map-chosen-count" }, filled(this.words.chosen, { n })),
      ...(this.data.config.served
        ? [button("keep", () => this.chosen.keep((text) => this.say(text))), button("take", () => void this.chosen.take(this.state.question, this.chosen.bits())),
           button("alike-chosen", () => void this.likeChosen())]
        : []),
      button("unchoose-all", () => { this.chosen.set.clear(); this.chosenChanged(); this.panel.refresh(); }),
    );
    this.say(filled(this.words.chosen, { n }));
  }

  private async likeChosen(): Promise<void> {
    const names = await Promise.all([...this.chosen.set].slice(0, 50).map((i) => this.data.named(i)));
    await this.like(names.map((named) => named.path));
  }

  // ---- one picture

  private async open(i: number): Promise<void> {
    this.setCurrent(i);
    this.opened = i;
    try {
      const named = await this.panel.show(i);
      this.state.plate = named.path;
      this.uncover(i);
      this.say([named.label || this.words["no-caption"], named.source, named.year].filter(Boolean).join(", "));
    } catch (error) {
      this.failed(error);
    }
    this.remember();
  }

  /** On a phone the panel lies over the map: move the picture out from under it. */
  private uncover(i: number): void {
    const panel = by("map-plate").getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    if (panel.width < stage.width || panel.top >= stage.bottom) return;
    const [x, y] = this.scene.place(i);
    const { scale } = this.scene.view;
    this.look(x, y + (stage.bottom - panel.top) / 2 / scale, scale);
  }

  private close(): void {
    const had = this.opened >= 0;
    this.opened = -1;
    this.panel.hide();
    this.state.plate = "";
    if (had) this.remember();
  }

  private setCurrent(i: number): void {
    this.current = i;
    this.scene.current = i;
    this.scene.draw();
  }

  /** The next picture in a direction; the first time, the one in the middle. */
  private step(dx: number, dy: number): void {
    const { view } = this.scene;
    const [x, y] = this.current >= 0 ? this.scene.place(this.current) : [view.x, view.y];
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < this.data.manifest.count; i++) {
      if (i === this.current || !this.answer.has(i)) continue;
      const [px, py] = this.scene.place(i);
      const along = (px - x) * dx + (py - y) * dy;
      const across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (this.current >= 0 && (along <= 0.01 || across > along * 2)) continue;
      const away = this.current >= 0 ? along + 2 * across : Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [i, away];
    }
    if (best < 0) return;
    this.setCurrent(best);
    const [px, py] = this.scene.place(best);
    const half = [this.stage.clientWidth / 2 / view.scale, this.stage.clientHeight / 2 / view.scale];
    if (Math.abs(px - view.x) > half[0] * 0.8 || Math.abs(py - view.y) > half[1] * 0.8) this.look(px, py, view.scale);
    if (this.opened >= 0) void this.open(best);
    else void this.data.named(best).then((named) => this.say(named.label || this.words["no-caption"]), (error) => this.failed(error));
  }

  private key(name: string): boolean {
    if (name === "Enter" && this.current >= 0) {
      this.goTo(this.current);
      void this.open(this.current);
    } else if (name === "Escape") {
      if (this.opened >= 0) this.close();
      else this.setCurrent(-1);
    } else if ((name === "x" || name === "X") && this.current >= 0) this.choose(this.current);
    else if (name === "0" || name === "Home") this.fit();
    else return false;
    return true;
  }

  private nearest(i: number): number[] {
    const { x, y } = this.data.pictures;
    const away = (j: number) => (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2;
    const found: number[] = [];
    for (let j = 0; j < this.data.pictures.placed; j++) if (j !== i) found.push(j);
    return found.sort((a, b) => away(a) - away(b)).slice(0, 12);
  }

  // ---- the list, and what is said

  private view(view: State["view"]): void {
    this.state.view = view;
    this.list.hidden = view === "map";
    this.stage.hidden = view === "list";
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-view]")) button.setAttribute("aria-pressed", `${button.dataset.view === view}`);
    if (view === "list") void this.fillList();
    else this.scene.draw();
    this.remember();
  }

  private async fillList(): Promise<void> {
    const places = this.answer.ordered();
    const shown = places.slice(0, this.listed);
    const names = await Promise.all(shown.map((i) => this.data.named(i)));
    const items = names.map((named, at) => {
      const mat = make("span", { class: "mat" }, named.digest ? make("img", { src: this.data.thumbnail(named), alt: "", loading: "lazy", decoding: "async" }) : make("span", { class: "blank" }));
      const choose = make("input", { type: "checkbox", "aria-label": `${this.words.choose}: ${named.label}`, change: () => this.choose(shown[at]) });
      choose.checked = this.chosen.set.has(shown[at]);
      return make("li", {}, make("a", { href: this.data.page(named) }, mat, make("span", { class: "legend", lang: named.language }, named.label || this.words["no-caption"])),
        make("span", { class: "from" }, choose, " ", [named.source, named.year].filter(Boolean).join(", ")));
    });
    const more = make("button", { type: "button", class: "map-plates-more", click: () => { this.listed += PAGE; void this.fillList(); } }, this.words.more);
    by("map-plates").replaceChildren(
      ...(items.length ? [make("ul", { class: "plates grid" }, ...items)] : [make("p", {}, this.data.manifest.count ? this.words.nothing : this.words.empty)]),
      ...(places.length > shown.length ? [more] : []),
    );
  }

  private remember(): void {
    const address = writeAddress(this.state);
    if (address !== location.search) history.replaceState(null, "", location.pathname + address);
  }

  private say(text: string, seen = false): void {
    by("map-said").textContent = text;
    const note = by("map-note");
    if (seen || text === this.words.looking) {
      note.textContent = text;
      note.hidden = false;
      if (seen) window.setTimeout(() => { note.hidden = true; }, 6000);
    } else note.hidden = this.answer.total > 0;
  }

  private failed(error: unknown): void {
    this.say(error instanceof Stale ? this.words.stale : filled(this.words.failed, { reason: String(error) }), true);
  }
}

async function begin(): Promise<void> {
  const config = JSON.parse(by("map-config").textContent ?? "{}") as Config;
  const why = by("map-why");
  try {
    const data = await Data.load(config);
    const scene = new Scene(by("map-canvas"), data);
    const page = new MapPage(data, scene);
    page.start();
    (window as unknown as { legendaMap: unknown }).legendaMap = { data, scene, page };
  } catch (error) {
    why.textContent = String(error).includes("WebGL") ? config.words["no-map"] : filled(config.words.failed, { reason: String(error) });
  }
}

void begin();
