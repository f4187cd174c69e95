// The side of the map: a picture of one's own, years, certainty and facets with counts. In: the answer. Out: the
// question changed by clicks.
import type { Data, Facet } from "./data";
import { filled, make, spelt } from "./dom";
import type { Answer, Question } from "./question";

const SHOWN = 7;
const MOST = 200;

export class Sidebar {
  private open = new Map<string, number>();
  private sought = new Map<string, string>();
  private sections = new Map<string, HTMLElement>();

  constructor(
    private root: HTMLElement,
    private data: Data,
    private changed: () => void,
    private own: (file: File) => void,
  ) {}

  show(question: Question, answer: Answer, chips: [string, () => void][], chooseAll: (() => void) | null): void {
    const words = this.data.config.words;
    if (!this.sections.size) this.build(question, words);
    const chipBox = this.sections.get("chips") as HTMLElement;
    chipBox.replaceChildren(...chips.map(([text, remove]) => make("button", { type: "button", click: remove }, `✕ ${text}`)));
    if (chooseAll) chipBox.append(make("button", { type: "button", class: "all", click: chooseAll }, words["choose-found"]));
    this.years(question, answer);
    for (const [name, section] of this.sections) {
      const facet = this.data.facets.get(name);
      if (facet) this.facet(section, facet, question, answer.counts(facet));
    }
  }

  private build(question: Question, words: Record<string, string>): void {
    const chips = make("div", { class: "chips" });
    this.sections.set("chips", chips);
    this.root.replaceChildren(chips);
    if (this.data.config.served) {
      const input = make("input", {
        type: "file", accept: "image/*",
        change: () => { if (input.files?.[0]) this.own(input.files[0]); input.value = ""; },
      });
      this.root.append(make("label", { class: "own" }, `${words.own}, ${words.drop}`, input));
    }
    if (this.data.manifest.years.length === 2 && this.data.manifest.years[0] < this.data.manifest.years[1]) {
      const section = make("div");
      this.sections.set("years", section);
      this.root.append(make("h2", {}, words.years), section);
    }
    if (this.data.facets.has("category")) {
      const out = make("output", { class: "number" }, "");
      const range = make("input", { type: "range", min: "0", max: "99", step: "1", value: `${question.sure}`, "aria-label": words.sure });
      const say = () => { out.textContent = Number(range.value) ? `${range.value} %` : "—"; };
      range.addEventListener("input", () => { question.sure = Number(range.value); say(); this.changed(); });
      say();
      this.root.append(make("h2", {}, words.sure, " ", out), range);
      this.sections.set("sure", range);
    }
    for (const { name } of this.data.manifest.facets) {
      const facet = this.data.facets.get(name);
      if (!facet) continue;
      const section = make("section");
      this.sections.set(name, section);
      this.root.append(section);
    }
  }

  private years(question: Question, answer: Answer): void {
    const section = this.sections.get("years");
    const sure = this.sections.get("sure") as HTMLInputElement | undefined;
    if (sure && Number(sure.value) !== question.sure) sure.value = `${question.sure}`;
    if (!section) return;
    const words = this.data.config.words;
    const [first, last] = this.data.manifest.years;
    const counts = answer.byYear(first, last);
    let canvas = section.querySelector("canvas");
    if (!canvas) {
      canvas = make("canvas", { class: "brush", "aria-hidden": "true" });
      const box = canvas;
      let start = 0;
      const yearAt = (event: PointerEvent) => {
        const rectangle = box.getBoundingClientRect();
        return Math.round(first + Math.max(0, Math.min(1, (event.clientX - rectangle.left) / rectangle.width)) * (last - first));
      };
      const drag = (event: PointerEvent) => {
        const year = yearAt(event);
        question.years = [Math.min(start, year), Math.max(start, year)];
        this.changed();
      };
      box.addEventListener("pointerdown", (event) => {
        box.setPointerCapture(event.pointerId);
        start = yearAt(event);
        drag(event);
        box.addEventListener("pointermove", drag);
      });
      box.addEventListener("pointerup", () => box.removeEventListener("pointermove", drag));
      box.addEventListener("dblclick", () => { question.years = null; this.changed(); });
      const field = (which: 0 | 1) =>
        make("input", {
          type: "number", min: `${first}`, max: `${last}`, "aria-label": which ? words.to : words.from,
          change: (event) => {
            const value = Number((event.target as HTMLInputElement).value) || (which ? last : first);
            const [from, to] = question.years ?? [first, last];
            question.years = which ? [Math.min(from, value), value] : [value, Math.max(to, value)];
            if (question.years[0] <= first && question.years[1] >= last) question.years = null;
            this.changed();
          },
        });
      section.append(box, make("div", { class: "span" }, field(0), field(1)));
    }
    const [from, to] = question.years ?? [first, last];
    const fields = section.querySelectorAll("input");
    fields[0].value = `${from}`;
    fields[1].value = `${to}`;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const density = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * density;
    canvas.height = canvas.clientHeight * density;
    const style = getComputedStyle(canvas);
    const most = Math.max(1, ...counts);
    const bar = canvas.width / counts.length;
    counts.forEach((count, at) => {
      const inside = first + at >= from && first + at <= to;
      pen.fillStyle = style.getPropertyValue(inside ? "--accent" : "--line");
      const high = count ? Math.max(2 * density, (count / most) * (canvas as HTMLCanvasElement).height) : 0;
      pen.fillRect(at * bar, (canvas as HTMLCanvasElement).height - high, Math.max(1, bar - 1), high);
    });
    pen.fillStyle = style.getPropertyValue("--line");
    pen.fillRect(0, canvas.height - density, canvas.width, density);
  }

  private facet(section: HTMLElement, facet: Facet, question: Question, counts: Uint32Array): void {
    const words = this.data.config.words;
    const limit = this.open.get(facet.name) ?? SHOWN;
    const chosen = question.facets.get(facet.name);
    const sought = this.sought.get(facet.name) ?? "";
    let values = Array.from(counts.keys()).filter((v) => counts[v] || chosen?.has(facet.ids[v]));
    if (sought) values = values.filter((v) => facet.labels[v].toLowerCase().includes(sought));
    values.sort((a, b) => Number(chosen?.has(facet.ids[b]) ?? 0) - Number(chosen?.has(facet.ids[a]) ?? 0) || counts[b] - counts[a] || a - b);
    const list = make("ul", {});
    for (const v of values.slice(0, limit)) {
      const on = chosen?.has(facet.ids[v]) ?? false;
      const button = make(
        "button",
        {
          type: "button", "aria-pressed": `${on}`, lang: facet.languages[v], title: facet.labels[v],
          click: () => this.toggle(question, facet.name, facet.ids[v]),
        },
        facet.labels[v],
      );
      list.append(make("li", { class: counts[v] ? "" : "zero" }, button, make("span", { class: "number" }, spelt(counts[v]))));
    }
    const title = make("h2", {}, words[facet.name] ?? facet.name);
    const parts: Node[] = [title];
    if (facet.ids.length > 12) {
      const existing = section.querySelector<HTMLInputElement>("input[type=search]");
      const input = existing ?? make("input", {
        type: "search", placeholder: words.filter, "aria-label": `${words[facet.name] ?? facet.name}: ${words.filter}`,
        input: (event) => {
          this.sought.set(facet.name, (event.target as HTMLInputElement).value.trim().toLowerCase());
          this.changed();
        },
      });
      parts.push(input);
    }
    parts.push(list);
    const more = Math.min(values.length, MOST) - limit;
    if (more > 0) {
      parts.push(make("button", { type: "button", class: "more", click: () => { this.open.set(facet.name, limit * 4 + 2); this.changed(); } }, filled(words.other, { n: values.length - limit })));
    }
    const focused = document.activeElement instanceof HTMLInputElement && section.contains(document.activeElement) ? document.activeElement : null;
    const button = document.activeElement instanceof HTMLButtonElement && section.contains(document.activeElement) ? document.activeElement.title : "";
    section.replaceChildren(...parts);
    focused?.focus();
    if (button) Array.from(section.querySelectorAll("button")).find((each) => each.title === button)?.focus();
  }

  toggle(question: Question, name: string, id: string): void {
    const values = question.facets.get(name) ?? new Set<string>();
    if (!values.delete(id)) values.add(id);
    if (values.size) question.facets.set(name, values);
    else question.facets.delete(name);
    this.changed();
  }
}
