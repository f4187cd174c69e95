// What is chosen: a set of pictures that outlives a sign-in; taking away what was found or chosen; keeping it as a
// group; giving all of it a descriptor. In: the set and the question. Out: downloads, and requests to the server.
import { bits, fromBits, type Data } from "./data";
import { filled, make } from "./dom";
import { asked } from "./address";
import type { Question } from "./question";

const FORMS = ["csv", "jsonld", "json", "zip"];
const KEPT = "legenda-map-chosen";
const AT_ONCE = 500;

export class Chosen {
  readonly set = new Set<number>();
  private typed: Record<string, string> = {};

  constructor(private data: Data, private dialog: HTMLDialogElement, private csrf: string) {
    const kept = sessionStorage.getItem(KEPT);
    if (!kept) return;
    const { version, plates, typed } = JSON.parse(kept) as { version: string; plates: string; typed: Record<string, string> };
    if (version === data.manifest.version) {
      const has = fromBits(plates);
      for (let i = 0; i < data.manifest.count; i++) if (has(i)) this.set.add(i);
    }
    this.typed = typed ?? {};
  }

  bits(): string {
    return bits((i) => this.set.has(i), this.data.manifest.count);
  }

  remember(): void {
    const { version } = this.data.manifest;
    if (this.set.size || Object.keys(this.typed).length) sessionStorage.setItem(KEPT, JSON.stringify({ version, plates: this.bits(), typed: this.typed }));
    else sessionStorage.removeItem(KEPT);
  }

  /** The dialogue for taking away what was found, or what is chosen. */
  async take(question: Question, drawn: string): Promise<void> {
    const words = this.data.config.words;
    const fields = drawn ? new URLSearchParams({ plates: drawn }) : asked(question);
    const send = (form: string) => {
      const sent = make("form", { method: "post", action: `/map/export.${form}` });
      for (const [name, value] of fields) sent.append(make("input", { type: "hidden", name, value }));
      document.body.append(sent);
      sent.submit();
      sent.remove();
    };
    const shown = make("pre", { tabindex: "0" });
    const run = make("a", { href: "/sparql" }, words.run);
    const title = make("h2", {}, `${words.take}: ${drawn ? words["take-chosen"] : words["take-found"]}`);
    this.dialog.replaceChildren(
      this.shut(), title,
      make("p", { class: "acts" }, ...FORMS.map((form) => make("button", { type: "button", click: () => send(form) }, words[form]))),
      make("h2", {}, words.sparql), shown, make("p", { class: "acts" }, run),
    );
    this.dialog.showModal();
    const answer = await fetch("/map/sparql", { method: "POST", body: fields });
    const text = await answer.text();
    shown.textContent = text;
    run.href = `/sparql?query=${encodeURIComponent(text)}`;
    run.hidden = text.length > 6000;
  }

  /** The dialogue for keeping a group and for giving a descriptor to all that is chosen. */
  keep(said: (text: string) => void): void {
    const words = this.data.config.words;
    const problem = make("p", { role: "alert", class: "problem", hidden: true });
    const field = (name: string, label: string, tag: "input" | "textarea" = "input") => {
      const input = make(tag, { name, maxlength: "500" });
      input.value = this.typed[name] ?? "";
      input.addEventListener("input", () => { this.typed[name] = input.value; this.remember(); });
      return [make("label", {}, label, input), input] as const;
    };
    const [nameLabel, name] = field("name", words.name);
    const [noteLabel, note] = field("note", words.note, "textarea");
    const [tagLabel, tag] = field("tag", words.tag);
    const known = make("datalist", { id: "map-known" });
    tag.setAttribute("list", "map-known");
    tag.addEventListener("input", () => void this.suggest(tag.value, known));
    const fail = (reason: string, status: number) => {
      problem.hidden = false;
      problem.replaceChildren(filled(words.failed, { reason }));
      if (status === 401 || status === 403) problem.replaceChildren(words["sign-in"], " ", this.signIn());
    };
    const doKeep = async () => {
      const answer = await this.post("/map/groups", { name: name.value, note: note.value, plates: this.bits() });
      if (answer.status !== 201) return fail(answer.said.problem ?? `${answer.status}`, answer.status);
      this.forget("name", "note");
      this.dialog.replaceChildren(this.shut(), make("p", {}, words.kept, make("a", { href: answer.said.page }, name.value)));
      said(words.kept + name.value);
    };
    const doTag = async () => {
      const paths = await Promise.all([...this.set].map(async (i) => (await this.data.named(i)).path));
      for (let start = 0; start < paths.length; start += AT_ONCE) {
        const reviews = paths.slice(start, start + AT_ONCE).map((path) => ({ illustration: `illustration/${path}`, property: "descriptor", verdict: "accepted", choice: tag.value }));
        const answer = await this.post("/reviews", { reviews });
        if (answer.status > 202) return fail(answer.said.problem ?? `${answer.status}`, answer.status);
      }
      this.forget("tag");
      said(filled(words.tagged, { n: paths.length }));
      this.dialog.replaceChildren(this.shut(), make("p", {}, filled(words.tagged, { n: paths.length })));
    };
    this.dialog.replaceChildren(
      this.shut(), make("h2", {}, filled(words.chosen, { n: this.set.size })),
      ...(this.csrf ? [] : [make("p", {}, words["sign-in"], " ", this.signIn())]),
      nameLabel, noteLabel, make("p", { class: "acts" }, make("button", { type: "button", click: () => void doKeep() }, words.keep)),
      tagLabel, known, make("p", { class: "acts" }, make("button", { type: "button", click: () => void doTag() }, words["tag-all"])),
      ...(this.csrf ? [make("h2", {}, words.judge), make("p", { class: "acts" }, make("button", { type: "button", click: () => this.judge() }, words["judge-all"]))] : []),
      problem,
    );
    this.dialog.showModal();
    name.focus();
  }

  /** To the page where what is claimed of the chosen pictures is judged, all at once. */
  private judge(): void {
    this.remember();
    const sent = make("form", { method: "post", action: "/review/many" });
    for (const [name, value] of Object.entries({ csrf: this.csrf, plates: this.bits() })) sent.append(make("input", { type: "hidden", name, value }));
    document.body.append(sent);
    sent.submit();
    sent.remove();
  }

  private forget(...names: string[]): void {
    for (const name of names) delete this.typed[name];
    this.remember();
  }

  private signIn(): HTMLElement {
    this.remember();
    const next = encodeURIComponent(location.pathname + location.search);
    return make("a", { href: `/login?next=${next}` }, this.data.config.words["sign-in-link"]);
  }

  private shut(): HTMLElement {
    return make("button", { type: "button", class: "shut", click: () => this.dialog.close() }, this.data.config.words.close);
  }

  private async suggest(text: string, into: HTMLElement): Promise<void> {
    const answer = await fetch(`/suggest?kind=descriptor&q=${encodeURIComponent(text)}`);
    if (!answer.ok) return;
    const values = (await answer.json()) as { value: string }[];
    into.replaceChildren(...values.map(({ value }) => make("option", { value })));
  }

  private async post(address: string, content: unknown): Promise<{ status: number; said: Record<string, string> }> {
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
        body: JSON.stringify(content),
      });
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : { problem: (await answer.text()).trim() };
      return { status: answer.status, said };
    } catch (error) {
      return { status: 0, said: { problem: String(error) } };
    }
  }
}
